package io.scribbler.agent.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.UnixSourceConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PipeTest {
  private static final int SMALL = 4096;

  @TempDir private Path dir;
  private Path socket;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final AtomicLong epochs = new AtomicLong(100);
  private Pipe pipe;

  @BeforeEach
  void begin() {
    socket = dir.resolve("s.sock");
  }

  private PipeSettings settings() {
    return new PipeSettings(
        socket,
        Optional.of("t"),
        Framing.LINES,
        Acks.DISK,
        Optional.empty(),
        "host",
        false,
        Optional.empty(),
        SMALL,
        SMALL / 2);
  }

  private PipeSettings small(boolean drop, Duration timeout) {
    return new PipeSettings(
        socket,
        Optional.empty(),
        Framing.LINES,
        Acks.MEMORY,
        Optional.of("k"),
        "host",
        drop,
        Optional.ofNullable(timeout),
        SMALL,
        SMALL / 2);
  }

  private CompletableFuture<Integer> run(PipeSettings settings, InputStream in) throws IOException {
    pipe = new Pipe(settings, in, epochs::incrementAndGet, said::add);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return pipe.run();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void linesAreSentAndTheEndWaitsForTheLastAcknowledgement() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      CompletableFuture<Integer> code = run(settings(), text("one\n\ntwo\nthree"));
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.hello)
            .isEqualTo(
                "SCRIBBLER/1 framing=length acks=disk topic=t producer=host epoch=101 from=0");
        assertThat(session.message()).isEqualTo("one");
        assertThat(session.message()).isEqualTo("two");
        assertThat(session.message()).isEqualTo("three");
        session.say("ACK 2");
        await().during(Duration.ofMillis(50)).until(() -> !code.isDone());
        session.say("ACK 3");
        assertThat(code.get()).isEqualTo(Pipe.OK);
        assertThat(session.ended()).isTrue();
      }
    }
    assertThat(said).isEmpty();
  }

  @Test
  void lengthFramingPassesAnyBytes() throws Exception {
    PipeSettings lengths =
        new PipeSettings(
            socket,
            Optional.empty(),
            Framing.LENGTH,
            Acks.STREAM,
            Optional.of("k"),
            "host",
            false,
            Optional.empty(),
            SMALL,
            SMALL / 2);
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      byte[] input = {0, 0, 0, 3, 'a', '\n', 'b', 0, 0, 0, 0, 0, 0, 0, 1, 'c'};
      CompletableFuture<Integer> code = run(lengths, new ByteArrayInputStream(input));
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.hello)
            .isEqualTo(
                "SCRIBBLER/1 framing=length acks=stream key=k producer=host epoch=101 from=0");
        assertThat(session.message()).isEqualTo("a\nb");
        assertThat(session.message()).isEmpty();
        assertThat(session.message()).isEqualTo("c");
        session.say("ACK 3");
        assertThat(code.get()).isEqualTo(Pipe.OK);
      }
      CompletableFuture<Integer> cut =
          run(lengths, new ByteArrayInputStream(new byte[] {0, 0, 0, 1, 'x', 0, 0, 0, 9, 'y'}));
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.message()).isEqualTo("x");
        session.say("ACK 1");
        assertThat(cut.get()).isEqualTo(Pipe.FAILED);
      }
    }
    assertThat(said).containsExactly("standard input ended inside a message, which is not sent");
  }

  @Test
  void daemonThatDiesGetsTheUnacknowledgedAgainUnderTheSameIdentity() throws Exception {
    CompletableFuture<Integer> code;
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      code = run(settings(), text("0\n1\n2\n3\n"));
      try (FakeDaemon.Session session = daemon.welcome()) {
        for (int i = 0; i < 4; i++) {
          assertThat(session.message()).isEqualTo("" + i);
        }
        session.say("ACK 1");
        session.say("ACK 2");
      }
    }
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.parameter("epoch")).isEqualTo("101");
        assertThat(session.parameter("from")).isEqualTo("2");
        assertThat(session.message()).isEqualTo("2");
      }
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.parameter("from")).isEqualTo("2");
        assertThat(session.message()).isEqualTo("2");
        assertThat(session.message()).isEqualTo("3");
        session.say("ACK 2");
        assertThat(code.get()).isEqualTo(Pipe.OK);
      }
    }
    assertThat(said).singleElement().asString().startsWith("waiting for the daemon at " + socket);
  }

  @Test
  void daemonThatComesLaterIsWaitedFor() throws Exception {
    CompletableFuture<Integer> code = run(settings(), text("0\n"));
    await().until(() -> !said.isEmpty());
    assertThat(said.get(0)).startsWith("waiting for the daemon at " + socket + ": ");
    try (FakeDaemon daemon = new FakeDaemon(socket);
        FakeDaemon.Session session = daemon.welcome()) {
      assertThat(session.message()).isEqualTo("0");
      session.say("ACK 1");
      assertThat(code.get()).isEqualTo(Pipe.OK);
    }
  }

  @Test
  void refusalEndsItThoughTheInputIsOpen() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket);
        PipedOutputStream app = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(app)) {
      CompletableFuture<Integer> code = run(settings(), in);
      try (FakeDaemon.Session session = daemon.accept()) {
        session.line();
        session.say("ERR no stream takes the topic t");
        assertThat(code.get()).isEqualTo(Pipe.REFUSED);
      }
    }
    assertThat(said).contains("the daemon refused: no stream takes the topic t");
  }

  /** Two processes may draw the same epoch; the one that has sent nothing takes another. */
  @Test
  void epochThatIsTakenIsChangedUntilSomethingIsSent() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      CompletableFuture<Integer> code = run(settings(), text("0\n"));
      try (FakeDaemon.Session session = daemon.accept()) {
        assertThat(session.line()).contains(" epoch=101 ");
        session.say("OK producer=host epoch=101 held=5");
        assertThat(session.ended()).isTrue();
      }
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.parameter("epoch")).isEqualTo("102");
        assertThat(session.message()).isEqualTo("0");
        session.say("ACK 1");
        assertThat(code.get()).isEqualTo(Pipe.OK);
      }
    }
  }

  @Test
  void acknowledgementsThatCannotBeAreNotBelieved() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      CompletableFuture<Integer> code = run(settings(), text("0\n"));
      for (String wrong : List.of("ACK 2", "ACK -1", "ACK", "x".repeat(5000))) {
        try (FakeDaemon.Session session = daemon.welcome()) {
          assertThat(session.message()).isEqualTo("0");
          session.say(wrong);
          assertThat(session.ended()).isTrue();
        }
      }
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.message()).isEqualTo("0");
        session.say("ACK 1");
        assertThat(code.get()).isEqualTo(Pipe.OK);
      }
    }
  }

  /** Counts what was read of it. */
  private static final class Endless extends InputStream {
    private final AtomicLong read = new AtomicLong();

    @Override
    public int read() {
      return read.incrementAndGet() % 100 == 0 ? '\n' : 'x';
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      for (int i = 0; i < length; i++) {
        into[offset + i] = (byte) read();
      }
      return length;
    }
  }

  @Test
  void fullBufferStopsTheReadingUntilThereIsRoom() throws Exception {
    Endless in = new Endless();
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      CompletableFuture<Integer> code = run(settings(), in);
      try (FakeDaemon.Session session = daemon.welcome()) {
        for (int i = 0; i < SMALL / 103; i++) {
          assertThat(session.message()).hasSize(99);
        }
        long read = in.read.get();
        await().during(Duration.ofMillis(100)).until(() -> in.read.get() == read);
        int acknowledged = 0;
        while (in.read.get() == read) {
          session.say("ACK " + ++acknowledged);
          session.message();
        }
        assertThat(code).isNotDone();
        assertThat(pipe.stop(Duration.ZERO)).isEqualTo(Pipe.FAILED);
      }
    }
    assertThat(said).last().asString().endsWith("messages were not acknowledged");
  }

  @Test
  void blockedForTheTimeoutGivesUp() throws Exception {
    CompletableFuture<Integer> code = run(small(false, Duration.ofMillis(100)), new Endless());
    assertThat(code.get()).isEqualTo(Pipe.FAILED);
    assertThat(said)
        .contains("gave up: the buffer is full, and nothing was acknowledged for the timeout")
        .contains(SMALL / 103 + " messages were not acknowledged");
  }

  @Test
  void endOfInputForTheTimeoutGivesUp() throws Exception {
    CompletableFuture<Integer> code = run(small(false, Duration.ofMillis(100)), text("0\n"));
    assertThat(code.get()).isEqualTo(Pipe.FAILED);
    assertThat(said).contains("1 message was not acknowledged");
  }

  @Test
  void fullBufferDropsTheNewestAndSaysSo() throws Exception {
    int lines = 1000;
    StringBuilder input = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      input.append(String.format("%099d\n", i));
    }
    CompletableFuture<Integer> code = run(small(true, null), text(input.toString()));
    await().until(() -> said.stream().anyMatch(line -> line.startsWith("the buffer is full: ")));
    int kept = SMALL / 103;
    try (FakeDaemon daemon = new FakeDaemon(socket);
        FakeDaemon.Session session = daemon.welcome()) {
      for (int i = 0; i < kept; i++) {
        assertThat(session.message()).isEqualTo(String.format("%099d", i));
      }
      session.say("ACK " + kept);
      assertThat(code.get()).isEqualTo(Pipe.FAILED);
    }
    assertThat(said).contains((lines - kept) + " messages were dropped");
  }

  @Test
  void stopFinishesWhatWasReadAndReadsNoMore() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket);
        PipedOutputStream app = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(app)) {
      CompletableFuture<Integer> ended = run(settings(), in);
      try (FakeDaemon.Session session = daemon.welcome()) {
        app.write("0\nnever whole".getBytes(StandardCharsets.UTF_8));
        app.flush();
        assertThat(session.message()).isEqualTo("0");
        CompletableFuture<Integer> code =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return pipe.stop(Duration.ofSeconds(30));
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
        await().during(Duration.ofMillis(50)).until(() -> !code.isDone());
        session.say("ACK 1");
        assertThat(code.get()).isEqualTo(Pipe.OK);
        assertThat(session.ended()).isTrue();
        app.write('\n');
        app.flush();
        assertThat(ended.get()).isEqualTo(Pipe.OK);
      }
    }
  }

  /** A line of 1 GiB, and then a short one. */
  private static final class HugeLine extends InputStream {
    private static final long LENGTH = 1L << 30;
    private static final byte[] REST = "\nshort\n".getBytes(StandardCharsets.US_ASCII);
    private long at;

    @Override
    public int read() {
      return at < LENGTH + REST.length ? REST[(int) (at++ - LENGTH)] : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (at < LENGTH) {
        int part = (int) Math.min(length, LENGTH - at);
        java.util.Arrays.fill(into, offset, offset + part, (byte) 'x');
        at += part;
        return part;
      }
      int next = read();
      if (next < 0) {
        return -1;
      }
      into[offset] = (byte) next;
      return 1;
    }
  }

  @Test
  void lineOfAGibibyteTakesNoMoreThanTheBuffer() throws Exception {
    try (FakeDaemon daemon = new FakeDaemon(socket)) {
      PipeSettings settings =
          new PipeSettings(
              socket,
              Optional.empty(),
              Framing.LINES,
              Acks.DISK,
              Optional.empty(),
              "host",
              false,
              Optional.empty(),
              11 << 20,
              PipeSettings.LONGEST_MESSAGE);
      CompletableFuture<Integer> code = run(settings, new HugeLine());
      try (FakeDaemon.Session session = daemon.welcome()) {
        assertThat(session.length()).isEqualTo(HugeLine.LENGTH);
        byte[] first = session.raw(64 * 1024);
        assertThat(first).containsOnly('x');
        int chunk = 1 << 20;
        for (long left = HugeLine.LENGTH - first.length; left > 0; left -= chunk) {
          session.raw((int) Math.min(left, chunk));
        }
        assertThat(session.message()).isEqualTo("short");
        session.say("ACK 2");
        assertThat(code.get()).isEqualTo(Pipe.OK);
      }
    }
  }

  /** Or a daemon would take the zeros that stand for the rest of a message. */
  @Test
  void noDaemonTakesAMessageThatIsNotSentWhole() {
    Assertions.assertThatThrownBy(
            () -> UnixSourceConfig.builder().maxMessage(PipeSettings.LONGEST_MESSAGE + 1L))
        .isInstanceOf(SettingException.class);
  }
}
