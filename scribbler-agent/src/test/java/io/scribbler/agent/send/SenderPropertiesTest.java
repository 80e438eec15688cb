package io.scribbler.agent.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.Intake;
import io.scribbler.record.Message;
import io.scribbler.record.RecordFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Random outcomes, answers in random order, reshards in between: each message exactly once. */
class SenderPropertiesTest {
  private static final RecordPutter.Failure[] FAILURES = {
    FakeStream.THROTTLED, FakeStream.INTERNAL, FakeStream.DENIED
  };

  @Property(tries = 150)
  void everyMessageIsTakenExactlyOnce(
      @ForAll long seed,
      @ForAll boolean strict,
      @ForAll RecordFormat format,
      @ForAll @IntRange(min = 1, max = 5) int shards,
      @ForAll @IntRange(max = 60) int failing) {
    Random random = new Random(seed);
    FakeStream stream = new FakeStream(shards);
    Rig.Options options = Rig.Options.DEFAULT.withFormat(format);
    try (Rig rig = new Rig(stream, strict ? options.withStrict() : options, seed).ready()) {
      stream.recordFailure = record -> fails(random, failing);
      stream.requestFailure = records -> fails(random, failing / 3);
      Intake[] intakes = new Intake[6];
      for (int i = 0; i < intakes.length; i++) {
        intakes[i] = rig.intake(i == 0 ? "" : "key" + i);
      }
      int[] next = new int[intakes.length];
      int sent = 0;
      for (int round = 0; round < 30; round++) {
        for (int i = random.nextInt(20); i > 0; i--) {
          int key = random.nextInt(intakes.length);
          String pad = "x".repeat(random.nextInt(3_000));
          rig.offer(intakes[key], key + " " + next[key]++ + " " + pad);
          sent++;
        }
        if (random.nextInt(15) == 0) {
          stream.reshard("r" + round, 1 + random.nextInt(6));
          rig.now += 31_000_000_000L;
        }
        rig.now += random.nextInt(300) * 1_000_000L;
        rig.step();
        if (strict) {
          assertOneInFlightForEachLane(rig, stream);
        }
        answerSome(rig, random);
      }
      stream.recordFailure = record -> fails(random, failing / 2);
      stream.requestFailure = records -> null;
      rig.drain();

      List<Message> messages = stream.messages();
      assertThat(messages).hasSize(sent);
      Set<String> texts = new HashSet<>();
      messages.forEach(m -> assertThat(texts.add(text(m))).as("once").isTrue());
      if (strict) {
        assertOrderOfEachKey(messages);
      }
      if (format == RecordFormat.FIREHOSE) {
        assertSequencesHaveNoHole(messages);
      }
      assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
      assertThat(rig.counts().delivered().messages()).isEqualTo(sent);
      assertThat(rig.memory.used()).isZero();
    }
  }

  private static RecordPutter.Failure fails(Random random, int percent) {
    return random.nextInt(100) < percent ? FAILURES[random.nextInt(FAILURES.length)] : null;
  }

  private static void answerSome(Rig rig, Random random) {
    List<Runnable> waiting = new ArrayList<>(rig.requests);
    rig.requests.clear();
    Collections.shuffle(waiting, random);
    for (Runnable request : waiting) {
      if (random.nextInt(4) == 0) {
        rig.requests.add(request);
      } else {
        request.run();
      }
    }
  }

  /** Looks at each request: no two of its records have the same lane. */
  private static void assertOneInFlightForEachLane(Rig rig, FakeStream stream) {
    for (List<SealedRecord> request : stream.requests) {
      Set<String> lanes = new HashSet<>();
      for (SealedRecord record : request) {
        assertThat(lanes.add(record.laneHashKey())).isTrue();
      }
    }
    assertThat(rig.sender.inFlightRequests()).isLessThanOrEqualTo(4);
  }

  private static void assertOrderOfEachKey(List<Message> messages) {
    Map<String, Integer> next = new HashMap<>();
    for (Message message : messages) {
      String[] words = text(message).split(" ", -1);
      if (!words[0].equals("0")) {
        int expected = next.merge(words[0], 1, Integer::sum) - 1;
        assertThat(Integer.parseInt(words[1])).as("key %s", words[0]).isEqualTo(expected);
      }
    }
  }

  private static void assertSequencesHaveNoHole(List<Message> messages) {
    Set<Long> sequences = new HashSet<>();
    messages.forEach(m -> sequences.add(m.sequence()));
    assertThat(sequences).hasSize(messages.size());
    assertThat(sequences).allMatch(s -> s >= 0 && s < messages.size());
  }

  private static String text(Message message) {
    return new String(message.data(), StandardCharsets.UTF_8);
  }
}
