package io.scribbler.agent.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import io.scribbler.agent.spool.Killed;
import io.scribbler.record.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Several lives of an agent on one spool, each ended by a kill at a random moment, with a stream
 * and a disk that answer late, in any order, or fail: whatever was acknowledged from the disk
 * arrives, what arrives twice has one identity, and every snapshot balances.
 */
class OverflowPropertiesTest {
  private static final Failure[] FAILURES = {
    FakeStream.THROTTLED, FakeStream.INTERNAL, FakeStream.DENIED, new Failure(Kind.REFUSED, "no")
  };
  private static final String[] KEYS = {"", "key1", "key2", "key3"};

  /** What one connection sent in one life, and how much of it was acknowledged. */
  private static final class Connection {
    final Intake intake;
    final List<String> sent = new ArrayList<>();
    final long[] mark = new long[1];
    int marked; // messages that the mark covers
    int acknowledged;

    Connection(Intake intake) {
      this.intake = intake;
    }
  }

  @Property(tries = 40, seed = "20261124")
  void whatIsAcknowledgedArrives(
      @ForAll long seed,
      @ForAll boolean strict,
      @ForAll boolean inOrder,
      @ForAll @IntRange(min = 1, max = 4) int shards)
      throws IOException {
    Random random = new Random(seed);
    FakeStream stream = new FakeStream(shards);
    Path dir = Files.createTempDirectory("overflow");
    Set<String> acknowledged = new HashSet<>();
    Set<String> sent = new HashSet<>();
    List<SealedRecord> kept = new ArrayList<>(); // taken, or in the dead-letter file
    int lives = 1 + random.nextInt(3);
    for (int life = 1; life <= lives; life++) {
      Rig.Disk disk = Rig.Disk.at(dir).ofLife(life);
      Rig.Options options = Rig.Options.DEFAULT.withDisk(inOrder ? disk.replayedInOrder() : disk);
      try (Rig rig = new Rig(stream, strict ? options.withStrict() : options, seed + life)) {
        List<Connection> connections = live(rig, stream, random, life);
        if (life == lives) {
          stream.recordFailure = record -> null;
          stream.requestFailure = records -> null;
          rig.drain();
          connections.forEach(OverflowPropertiesTest::look);
          assertThat(connections).allMatch(c -> c.acknowledged == c.marked);
          assertThat(rig.memory.used()).isZero();
          assertThat(rig.counts().onDisk().messages()).isZero();
          assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
        }
        for (Connection connection : connections) {
          acknowledged.addAll(connection.sent.subList(0, connection.acknowledged));
          sent.addAll(connection.sent);
        }
        kept.addAll(rig.refused);
        Killed.kill(rig.spool);
      }
    }
    if (strict) {
      assertOrderOfEachKey(stream.messages(), texts(kept));
    }
    stream.taken.addAll(kept);
    verify(stream.messages(), sent, acknowledged, lives == 1);
    delete(dir);
  }

  private static List<Connection> live(Rig rig, FakeStream stream, Random random, int life) {
    int failing = random.nextInt(100);
    stream.recordFailure = record -> fails(random, failing);
    stream.requestFailure = records -> fails(random, failing);
    List<Connection> connections = new ArrayList<>();
    for (String key : KEYS) {
      connections.add(new Connection(rig.intake(key, Acks.DISK)));
    }
    int rounds = 20 + random.nextInt(40);
    for (int round = 0; round < rounds; round++) {
      for (int i = random.nextInt(25); i > 0; i--) {
        int c = random.nextInt(KEYS.length);
        Connection connection = connections.get(c);
        String text = life + "/" + c + "/" + connection.sent.size() + "/";
        text += "x".repeat(random.nextInt(30_000));
        if (rig.tryOffer(connection.intake, text.getBytes(StandardCharsets.UTF_8))) {
          connection.sent.add(text);
        }
      }
      if (random.nextInt(15) == 0) {
        stream.reshard(life + "r" + round, 1 + random.nextInt(4));
        rig.now += 31_000_000_000L;
      }
      rig.now += random.nextInt(300) * 1_000_000L;
      rig.step();
      someOf(rig.diskTasks, random, false);
      someOf(rig.requests, random, true);
      connections.forEach(OverflowPropertiesTest::look);
      assertThat(rig.ledger.snapshot().imbalances()).isEmpty();
    }
    return connections;
  }

  /** What a source does: remembers how far it is, and asks whether that is on disk. */
  private static void look(Connection connection) {
    if (connection.intake.safe(connection.mark)) {
      connection.acknowledged = connection.marked;
      connection.intake.mark(connection.mark);
      connection.marked = connection.sent.size();
      if (connection.intake.safe(connection.mark)) {
        connection.acknowledged = connection.marked;
      }
    }
  }

  private static void someOf(java.util.Deque<Runnable> tasks, Random random, boolean anyOrder) {
    List<Runnable> waiting = new ArrayList<>(tasks);
    tasks.clear();
    if (anyOrder) {
      Collections.shuffle(waiting, random);
    }
    int run = random.nextInt(waiting.size() + 1);
    waiting.subList(0, run).forEach(Runnable::run);
    List<Runnable> later = new ArrayList<>(tasks);
    tasks.clear();
    tasks.addAll(waiting.subList(run, waiting.size()));
    tasks.addAll(later);
  }

  private static Failure fails(Random random, int percent) {
    return random.nextInt(100) < percent ? FAILURES[random.nextInt(FAILURES.length)] : null;
  }

  private static void verify(
      List<Message> messages, Set<String> sent, Set<String> acknowledged, boolean oneLife) {
    Map<String, String> byIdentity = new HashMap<>();
    Map<String, String> byText = new HashMap<>();
    for (Message message : messages) {
      String text = new String(message.data(), StandardCharsets.UTF_8);
      String identity = message.epoch() + "/" + message.sequence();
      assertThat(byIdentity.merge(identity, text, (a, b) -> b)).isEqualTo(text);
      String before = byText.put(text, identity);
      assertThat(before).isIn(null, identity);
      if (oneLife) {
        assertThat(before).as("once").isNull();
      }
    }
    assertThat(byText.keySet()).containsAll(acknowledged);
    assertThat(sent).containsAll(byText.keySet());
  }

  private static Set<String> texts(List<SealedRecord> records) {
    FakeStream each = new FakeStream(1);
    each.taken.addAll(records);
    Set<String> texts = new HashSet<>();
    each.messages().forEach(m -> texts.add(new String(m.data(), StandardCharsets.UTF_8)));
    return texts;
  }

  /**
   * Of first occurrences. What was refused is left out: it may come after all in a later life, if
   * the kill came before the disk knew.
   */
  private static void assertOrderOfEachKey(List<Message> messages, Set<String> refused) {
    Map<String, Integer> last = new HashMap<>();
    Set<String> seen = new HashSet<>();
    for (Message message : messages) {
      String text = new String(message.data(), StandardCharsets.UTF_8);
      String[] words = text.split("/", 4);
      if (!refused.contains(text)
          && !words[1].equals("0")
          && seen.add(words[0] + "/" + words[1] + "/" + words[2])) {
        int number = Integer.parseInt(words[2]);
        Integer before = last.put(words[0] + "/" + words[1], number);
        assertThat(before)
            .as("before %d", number)
            .satisfiesAnyOf(b -> assertThat(b).isNull(), b -> assertThat(b).isLessThan(number));
      }
    }
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
