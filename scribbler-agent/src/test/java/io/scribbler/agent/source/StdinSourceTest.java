package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.agent.batch.Intakes;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.TeeConfig;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.record.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StdinSourceTest {
  @TempDir private Path dir;
  private Path teed;
  private Pipe pipe;
  private Intakes intakes;
  private DeadLetters deadLetters;
  private final List<Message> taken = new ArrayList<>();
  private final List<String> ends = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void begin() throws IOException {
    teed = dir.resolve("tee.log");
    pipe = Pipe.open();
    intakes = new Intakes(8 << 20, "s");
    deadLetters = new DeadLetters(dir.resolve("dead"), "p", 1 << 20, Clock.systemUTC(), text -> {});
  }

  @AfterEach
  void end() throws IOException {
    pipe.sink().close();
    pipe.source().close();
    intakes.close();
    deadLetters.close();
  }

  private StdinSource start(Framing framing) {
    StdinSource source =
        new StdinSource(
            pipe.source(),
            framing,
            1 << 20,
            intakes.router.intake("t", KeyExtractor.constant(""), Acks.NONE),
            new Tee(new TeeConfig(false, Optional.of(teed)), System::nanoTime, text -> {}),
            intakes.memory,
            deadLetters,
            System::nanoTime,
            wrong -> ends.add(String.valueOf(wrong)),
            text -> {});
    source.start();
    return source;
  }

  private void send(byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      pipe.sink().write(left);
    }
  }

  private void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> takenTexts() {
    taken.addAll(intakes.take("s"));
    return taken.stream().map(m -> new String(m.data(), StandardCharsets.UTF_8)).toList();
  }

  @Test
  void linesToTheEndTheLastOneUnterminatedAndAllBytesTeed() throws IOException {
    StdinSource source = start(Framing.LINES);
    send("a\n\nb\nlast");
    pipe.sink().close();
    await().until(() -> !ends.isEmpty());
    await().untilAsserted(() -> assertThat(takenTexts()).containsExactly("a", "b", "last"));
    assertThat(ends).containsExactly("null");
    assertThat(Files.readString(teed)).isEqualTo("a\n\nb\nlast");
    assertThat(source.emptyLines()).isEqualTo(1);
    assertThat(source.connections()).isZero();
    assertThat(intakes.memory.used()).isZero();
  }

  @Test
  void lengthFramedInputThatEndsInsideAMessageSaysSo() throws IOException {
    start(Framing.LENGTH);
    send(new byte[] {0, 0, 0, 1, 'a', 0, 0, 0, 9, 'b'});
    pipe.sink().close();
    await().until(() -> !ends.isEmpty());
    await().untilAsserted(() -> assertThat(takenTexts()).containsExactly("a"));
    assertThat(ends).containsExactly("standard input ended inside a message");
  }

  @Test
  void stopEndsABlockedReadAndKeepsWhatWasRead() throws IOException, InterruptedException {
    StdinSource source = start(Framing.LINES);
    send("a\nhalf");
    await().untilAsserted(() -> assertThat(takenTexts()).containsExactly("a"));
    source.stop();
    assertThat(ends).isEmpty();
    assertThat(source.connections()).isZero();
    assertThat(intakes.memory.used()).isZero();
  }

  @Test
  void stopWhileMemoryIsFullWaitsUntilWhatWasReadIsTaken() throws Exception {
    StdinSource source = start(Framing.LINES);
    assertThat(intakes.memory.tryReserve(7 << 20)).isTrue();
    Thread writer = writer();
    writer.start();
    awaitSourceWaitsForMemory();
    Thread stopper = new Thread(() -> stopQuietly(source));
    stopper.start();
    await().until(() -> stopper.getState() == Thread.State.TIMED_WAITING);
    intakes.memory.release(7 << 20);
    stopper.join();
    await()
        .until(
            () -> {
              takenTexts();
              return intakes.memory.used() == 0;
            });
    assertThat(intakes.ledger.snapshot().topic("s", "t").inMemory().messages()).isZero();
    long teedLines = Files.readString(teed).lines().filter(l -> l.length() == 200_000).count();
    assertThat((long) taken.size()).isBetween(teedLines - 1, teedLines);
    assertThat(taken).isNotEmpty();
    writer.join();
  }

  @Test
  void givingUpEndsAStopThatWaitsForMemory() throws Exception {
    StdinSource source = start(Framing.LINES);
    assertThat(intakes.memory.tryReserve(7 << 20)).isTrue();
    Thread writer = writer();
    writer.start();
    awaitSourceWaitsForMemory();
    Thread stopper = new Thread(() -> stopQuietly(source));
    stopper.start();
    await().until(() -> stopper.getState() == Thread.State.TIMED_WAITING);
    source.giveUp();
    stopper.join();
    writer.join();
    assertThat(ends).isEmpty();
  }

  /**
   * A read of a pipe is no timed wait: for longer than encoding takes it is memory that is missing.
   */
  private static void awaitSourceWaitsForMemory() {
    await()
        .during(Duration.ofMillis(500))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("source-stdin"))
                    .anyMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
  }

  /** Sends forty lines of 200,000 characters that no codec makes small. */
  private Thread writer() {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 40 * 200_001; i++) {
      text.append(i % 200_001 == 0 ? '\n' : (char) ('0' + random.nextInt(64)));
    }
    return new Thread(
        () -> {
          try {
            send(text.toString());
          } catch (IOException e) {
            assertThat(e).hasMessageContaining("roken pipe"); // the source was stopped
          }
        });
  }

  private static void stopQuietly(StdinSource source) {
    try {
      source.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
