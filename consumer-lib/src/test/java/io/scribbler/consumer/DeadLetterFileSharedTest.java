package io.scribbler.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.scribbler.Streams;
import io.scribbler.firehose.Json;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several threads and several processes with the same dead-letter files. */
@Timeout(120)
final class DeadLetterFileSharedTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path temp;

  private Path dir;

  private DeadLetterFile file;
  private final List<Parking> parkings = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    dir = temp.resolve("letters");
    file = new DeadLetterFile(dir);
  }

  @AfterEach
  void close() throws InterruptedException {
    for (Parking each : parkings) {
      each.mayBeWritten.countDown();
      each.thread.join();
    }
    file.close();
  }

  private static DeadLetter letter(String message, Throwable cause) {
    byte[] block = Streams.block(Codec.NONE, "t", 0, List.of(message));
    return Letters.ofMessages(Streams.record(block), cause).get(0);
  }

  /** A thread that parks a letter, which can't be written until it may be. */
  private final class Parking extends Exception {
    private static final long serialVersionUID = 1L;

    final transient CountDownLatch mayBeWritten = new CountDownLatch(1);
    final transient AtomicReference<Thread> writer = new AtomicReference<>();
    final transient AtomicReference<Object> outcome = new AtomicReference<>();
    final transient Thread thread;
    transient volatile Throwable failure; // of telling what went wrong

    Parking(String message) {
      super(message);
      thread = new Thread(this::park, message);
      parkings.add(this);
      thread.start();
    }

    private void park() {
      try {
        file.park(letter(super.getMessage(), this));
        outcome.set(Thread.interrupted() ? "kept, interrupted" : "kept");
      } catch (Exception e) {
        outcome.set(e);
      }
    }

    @Override
    public String getMessage() {
      writer.set(Thread.currentThread());
      assertThatCode(mayBeWritten::await).doesNotThrowAnyException();
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
      return super.getMessage();
    }

    void awaitWriting() {
      await().atMost(SOON).until(() -> writer.get() != null);
    }

    void awaitWaiting() {
      await().atMost(SOON).until(() -> thread.getState() == Thread.State.WAITING);
    }

    void awaitOutcome(Object expected) {
      await().atMost(SOON).untilAtomic(outcome, o -> assertThat(o).isEqualTo(expected));
    }
  }

  private List<Object> data() throws IOException {
    return lines().stream().map(line -> Json.object(line).get("data")).toList();
  }

  private List<String> lines() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      List<String> lines = new ArrayList<>();
      for (Path each : files.sorted().toList()) {
        lines.addAll(Files.readAllLines(each));
      }
      return lines;
    }
  }

  @Test
  void lettersThatComeMeanwhileAreWrittenTogether() throws Exception {
    Parking first = new Parking("first");
    first.awaitWriting();
    List<Parking> others = Stream.of("a", "b", "c").map(Parking::new).toList();
    others.forEach(Parking::awaitWaiting);
    others.forEach(each -> each.mayBeWritten.countDown());
    first.mayBeWritten.countDown();
    first.awaitOutcome("kept");
    others.forEach(each -> each.awaitOutcome("kept"));
    Set<Thread> writers = others.stream().map(e -> e.writer.get()).collect(Collectors.toSet());
    assertThat(writers).hasSize(1).isSubsetOf(others.stream().map(e -> e.thread).toList());
    assertThat(data()).containsExactlyInAnyOrder("first", "a", "b", "c");
  }

  @Test
  void whoeverIsInterruptedWhileItWaitsLeavesNothing() throws Exception {
    Parking first = new Parking("first");
    first.awaitWriting();
    Parking other = new Parking("other");
    other.awaitWaiting();
    other.thread.interrupt();
    await().atMost(SOON).until(() -> other.outcome.get() instanceof InterruptedException);
    first.mayBeWritten.countDown();
    first.awaitOutcome("kept");
    assertThat(data()).containsExactly("first");
  }

  @Test
  void aLetterThatAnotherThreadWritesIsWaitedFor() throws Exception {
    Parking first = new Parking("first");
    first.awaitWriting();
    Parking second = new Parking("second");
    second.awaitWaiting();
    Parking third = new Parking("third");
    third.awaitWaiting();
    first.mayBeWritten.countDown();
    second.awaitWriting();
    Parking reader = second.writer.get() == second.thread ? third : second;
    reader.thread.interrupt();
    second.mayBeWritten.countDown();
    third.awaitWriting();
    assertThat(reader.outcome.get()).isNull();
    third.mayBeWritten.countDown();
    reader.awaitOutcome("kept, interrupted");
    assertThat(data()).containsExactly("first", "second", "third");
  }

  @Test
  void anInterruptedThreadKeepsItsLetterAndItsInterrupt() throws Exception {
    Thread.currentThread().interrupt();
    try {
      file.park(letter("a", new IOException("x")));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(data()).containsExactly("a");
  }

  @Test
  void oneLetterThatCannotBeWrittenFailsAlone() throws Exception {
    Parking first = new Parking("first");
    first.awaitWriting();
    Parking good = new Parking("good");
    good.awaitWaiting();
    Parking bad = new Parking("bad");
    bad.awaitWaiting();
    Parking last = new Parking("last");
    last.awaitWaiting();
    bad.failure = new IllegalStateException("unprintable");
    parkings.forEach(each -> each.mayBeWritten.countDown());
    await().atMost(SOON).until(() -> bad.outcome.get() instanceof IOException);
    good.awaitOutcome("kept");
    last.awaitOutcome("kept");
    assertThat(data()).containsExactly("first", "good", "last");
  }

  @Test
  void anErrorFailsAllThatAreWrittenTogetherAndHoldsNobodyUp() throws Exception {
    Parking first = new Parking("first");
    first.awaitWriting();
    Parking good = new Parking("good");
    good.awaitWaiting();
    Parking deadly = new Parking("deadly");
    deadly.awaitWaiting();
    deadly.failure = new StackOverflowError();
    parkings.forEach(each -> each.mayBeWritten.countDown());
    first.awaitOutcome("kept");
    for (Parking each : List.of(good, deadly)) {
      await().atMost(SOON).until(() -> each.outcome.get() != null);
      assertThat((Throwable) each.outcome.get())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("StackOverflowError");
    }
    file.park(letter("next", new IOException("x")));
    assertThat(Json.object(lines().get(lines().size() - 1))).containsEntry("data", "next");
  }

  @Test
  void manyThreadsAndTwoHandlersLoseNothing() throws Exception {
    try (DeadLetterFile second = new DeadLetterFile(dir, 20_000, 1 << 30)) {
      Set<String> failures = ConcurrentHashMap.newKeySet();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        DeadLetterFile one = t % 2 == 0 ? file : second;
        int from = 100 * t;
        threads.add(
            new Thread(
                () -> {
                  for (int i = from; i < from + 100; i++) {
                    try {
                      one.park(letter(Integer.toString(i), new IOException("x")));
                    } catch (IOException | InterruptedException e) {
                      failures.add(e.toString());
                    }
                  }
                }));
      }
      threads.forEach(Thread::start);
      for (Thread each : threads) {
        each.join();
      }
      assertThat(failures).isEmpty();
    }
    assertThat(data())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 800).mapToObj(Integer::toString).toList());
  }

  /** Parks letters until it is killed, and says which are kept. */
  static final class Other {
    private Other() {}

    /** The directory, and a name. */
    public static void main(String[] args) throws Exception {
      try (DeadLetterFile file = new DeadLetterFile(Path.of(args[0]), 50_000, 1 << 30)) {
        for (int i = 0; ; i++) {
          String message = args[1] + i;
          file.park(letter(message, new IOException("y".repeat(i % 1000))));
          System.out.println(message);
        }
      }
    }
  }

  private Process other(String name) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Other.class.getName(),
            dir.toString(),
            name)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(temp.resolve(name).toFile())
        .start();
  }

  /** What a process said to be kept, in whole lines. */
  private List<String> keptBy(String name) throws IOException {
    String said = Files.readString(temp.resolve(name));
    return said.substring(0, said.lastIndexOf('\n') + 1).lines().toList();
  }

  @Test
  void twoProcessesThatAreKilledLeaveAllThatTheyKept() throws Exception {
    List<Process> processes = List.of(other("a"), other("b"));
    List<Object> kept = new ArrayList<>();
    try {
      while (keptBy("a").size() < 200 || keptBy("b").size() < 200) {
        String own = "own " + kept.size();
        file.park(letter(own, new IOException("x")));
        kept.add(own);
        assertThat(processes).allMatch(Process::isAlive);
      }
    } finally {
      for (Process each : processes) {
        each.destroyForcibly().waitFor();
      }
    }
    kept.addAll(keptBy("a"));
    kept.addAll(keptBy("b"));
    file.park(letter("last", new IOException("x")));
    kept.add("last");
    List<Object> found = new ArrayList<>();
    int torn = 0;
    for (String line : lines()) {
      try {
        found.add(Json.object(line).get("data"));
      } catch (IllegalArgumentException e) {
        torn++;
      }
    }
    assertThat(torn).isLessThanOrEqualTo(2);
    assertThat(found).doesNotHaveDuplicates().containsAll(kept);
  }
}
