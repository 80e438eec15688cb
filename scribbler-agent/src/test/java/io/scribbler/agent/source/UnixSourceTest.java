package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.security.auth.module.UnixSystem;
import io.scribbler.agent.batch.Intakes;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.record.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class UnixSourceTest {
  private static final String STREAM = "s";

  @TempDir private Path dir;
  private Path path;
  private Intakes intakes;
  private DeadLetters deadLetters;
  private UnixSource source;
  private final List<Message> taken = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void begin() {
    path = dir.resolve("s.sock");
    intakes = new Intakes(64 << 20, STREAM);
    deadLetters = new DeadLetters(dir.resolve("dead"), "p", 1 << 20, Clock.systemUTC(), text -> {});
  }

  @AfterEach
  void end() throws InterruptedException {
    if (source != null) {
      source.giveUp();
      source.stop();
      source.close();
    }
    intakes.close();
    deadLetters.close();
  }

  private UnixSourceConfig.Builder config() {
    return UnixSourceConfig.builder().path(path).topic("t");
  }

  private UnixSource make(UnixSourceConfig config) throws IOException {
    source =
        new UnixSource(
            config,
            intakes.router,
            intakes.memory,
            deadLetters,
            nanos::get,
            new RateLimitedLog(LoggerFactory.getLogger("test")),
            "producer=p epoch=7",
            Acks.MEMORY,
            false);
    return source;
  }

  private void start() throws IOException {
    make(config().build()).start();
  }

  private Client client() throws IOException {
    return new Client(path);
  }

  private List<String> takenTexts() {
    taken.addAll(intakes.take(STREAM));
    return taken.stream().map(m -> new String(m.data(), StandardCharsets.UTF_8)).toList();
  }

  private void awaitTaken(String... texts) {
    await().untilAsserted(() -> assertThat(takenTexts()).containsExactly(texts));
  }

  private void awaitCount(int count) {
    await().until(() -> takenTexts().size() >= count);
    assertThat(taken).hasSize(count);
  }

  @Test
  void linesWithoutHelloTheLastOneUnterminated() throws IOException {
    start();
    try (Client client = client()) {
      client.send("one\n\ntwo\nSCRIBB").send("LED\nlast");
    }
    awaitTaken("one", "two", "SCRIBBLED", "last");
    assertThat(taken).allSatisfy(m -> assertThat(m.topic()).isEqualTo("t"));
    assertThat(source.emptyLines()).isEqualTo(1);
    await().until(() -> source.connections() == 0 && intakes.memory.used() == 0);
  }

  @Test
  void firstBytesOfAHelloThatIsNone() throws IOException {
    start();
    try (Client client = client()) {
      client.send("SCRIB").endOutput();
      assertThat(client.line()).isNull();
    }
    awaitTaken("SCRIB");
  }

  @Test
  void helloInSingleBytesThenAcknowledgedLines() throws IOException {
    start();
    try (Client client = client()) {
      for (byte b :
          "SCRIBBLER/1 topic=other acks=memory key=k\n".getBytes(StandardCharsets.UTF_8)) {
        client.send(new byte[] {b});
      }
      assertThat(client.line()).isEqualTo("OK producer=p epoch=7");
      client.send("a\nb\nc\n");
      String last = client.line();
      while (!last.equals("ACK 3")) {
        assertThat(last).matches("ACK [12]");
        last = client.line();
      }
      client.send("d\nnever whole").endOutput();
      assertThat(client.line()).isEqualTo("ACK 4");
      assertThat(client.line()).isNull();
    }
    awaitTaken("a", "b", "c", "d");
    assertThat(taken).extracting(Message::topic).containsOnly("other");
    assertThat(taken).extracting(Message::key).containsOnly("k");
  }

  @Test
  void unterminatedLastLineIsTakenWhereNothingIsAcknowledged() throws IOException {
    start();
    try (Client client = client()) {
      client.send("SCRIBBLER/1\na\nb").endOutput();
      assertThat(client.line()).startsWith("OK ");
      assertThat(client.line()).isNull();
    }
    awaitTaken("a", "b");
  }

  @Test
  void lengthFramingPassesAnyBytes() throws IOException {
    start();
    try (Client client = client()) {
      client.send("SCRIBBLER/1 framing=length acks=memory\n");
      assertThat(client.line()).startsWith("OK ");
      client.send(new byte[] {0, 0, 0, 3, 'a', '\n', 'b', 0, 0, 0, 0, 0, 0, 0, 1, 'c'});
      String ack = client.line();
      while (!ack.equals("ACK 3")) {
        ack = client.line();
      }
    }
    awaitTaken("a\nb", "", "c");
  }

  @Test
  void framingByDefaultIsAsConfigured() throws IOException {
    make(config().framing(Framing.LENGTH).build()).start();
    try (Client client = client()) {
      client.send(new byte[] {0, 0, 0, 1, 'a'});
    }
    awaitTaken("a");
  }

  @Test
  void helloThatCannotBeFollowedIsAnsweredAndClosed() throws IOException {
    start();
    try (Client client = client()) {
      client.send("SCRIBBLER/1 colour=red\nlost\n");
      assertThat(client.line()).isEqualTo("ERR unknown parameter colour");
      assertThat(client.line()).isNull();
    }
    try (Client client = client()) {
      client.send("SCRIBBLER/1 " + "x".repeat(5000));
      assertThat(client.line()).isEqualTo("ERR the first line is longer than 4096 bytes");
      assertThat(client.line()).isNull();
    }
    assertThat(takenTexts()).isEmpty();
    await().until(() -> source.connections() == 0);
  }

  @Test
  void clientThatSaysHelloSendsAndGoesIsTakenWhole() throws IOException {
    make(config().build());
    try (Client client = client()) {
      client.send("SCRIBBLER/1 topic=x\na\nb");
    }
    try (Client client = client()) {
      client.send("SCRIBBLER/1 acks=memory\nc\n" + "d\n".repeat(60_000));
    }
    source.start();
    awaitCount(60_003);
    await().until(() -> source.connections() == 0);
  }

  @Test
  void clientThatReadsNoAcknowledgementsIsServedInBoundedMemory() throws IOException {
    start();
    try (Client client = client()) {
      client.send("SCRIBBLER/1 acks=memory\n");
      int sent = 0;
      for (int i = 0; i < 30_000; i++) {
        client.send("m\n");
        sent++;
      }
      awaitCount(sent);
      assertThat(intakes.memory.used()).isLessThan(256 * 1024);
      assertThat(client.line()).startsWith("OK ");
      long last = 0;
      while (last < sent) {
        long ack = Long.parseLong(client.line().substring("ACK ".length()));
        assertThat(ack).isGreaterThan(last);
        last = ack;
      }
      assertThat(last).isEqualTo(sent);
    }
  }

  @Test
  void manyConnectionsAtOnceEachInItsOrder() throws Exception {
    start();
    int connections = 64;
    int each = 500;
    List<Thread> threads = new ArrayList<>();
    for (int c = 0; c < connections; c++) {
      int number = c;
      Thread thread =
          new Thread(
              () -> {
                try (Client client = client()) {
                  for (int i = 0; i < each; i++) {
                    client.send(number + " " + i + "\n");
                  }
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    awaitCount(connections * each);
    Map<String, Integer> next = new HashMap<>();
    for (String text : takenTexts()) {
      String[] words = text.split(" ", -1);
      assertThat(Integer.parseInt(words[1])).isEqualTo(next.merge(words[0], 1, Integer::sum) - 1);
    }
    assertThat(next).hasSize(connections);
  }

  @Test
  void connectionsBeyondTheMostAreRefusedUntilOneGoes() throws IOException {
    make(config().maxConnections(1).build()).start();
    try (Client first = client()) {
      first.send("a\n");
      await().until(() -> source.connections() == 1);
      try (Client second = client()) {
        assertThat(second.line()).isNull();
      }
    }
    await().until(() -> source.connections() == 0);
    try (Client third = client()) {
      third.send("b\n");
    }
    awaitTaken("a", "b");
  }

  @Test
  void onlyAllowedUsersMayConnect() throws IOException, InterruptedException {
    int own = (int) new UnixSystem().getUid();
    make(config().allowedUids(List.of(own + 1)).build()).start();
    try (Client client = client()) {
      assertThat(client.line()).isNull();
    }
    source.stop();
    make(config().allowedUids(List.of(own + 1, own)).build()).start();
    try (Client client = client()) {
      client.send("a\n");
    }
    awaitTaken("a");
  }

  @Test
  void stopTakesWhatWasSentBefore() throws IOException, InterruptedException {
    make(config().build());
    try (Client open = client();
        Client gone = client()) {
      open.send("a\n".repeat(50_000));
      gone.send("b\n").endOutput();
      source.start();
      source.stop();
      source.close();
    }
    awaitCount(50_001);
    assertThat(path).doesNotExist();
    assertThat(source.connections()).isZero();
  }

  @Test
  void lineTooLongIsDeadLetteredAndAcknowledgedAndTheNextIsFine() throws IOException {
    make(config().maxMessage(100_000).build()).start();
    try (Client client = client()) {
      client.send("SCRIBBLER/1 acks=memory\n").send("x".repeat(300_000) + "\nfine\n").endOutput();
      String line = client.line();
      String last = null;
      while (line != null) {
        last = line;
        line = client.line();
      }
      assertThat(last).isEqualTo("ACK 2");
    }
    awaitTaken("fine");
    await().until(() -> intakes.ledger.snapshot().total().inMemory().messages() == 0);
    assertThat(deadLetters.count()).isEqualTo(1);
    var counts = intakes.ledger.snapshot().topic(STREAM, "t");
    assertThat(counts.deadLettered().get("too_long").bytes()).isEqualTo(300_000);
    assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
  }

  @Test
  void fullMemoryBlocksTheClientUntilThereIsRoom() throws Exception {
    intakes.close();
    intakes = new Intakes(1 << 20, STREAM);
    start();
    byte[] random = new byte[6_000_000];
    new Random(1).nextBytes(random);
    for (int i = 0; i < random.length; i++) {
      random[i] = i % 1000 == 999 ? (byte) '\n' : random[i] == '\n' ? 0 : random[i];
    }
    AtomicBoolean sent = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              try (Client client = client()) {
                client.send(random);
                sent.set(true);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    writer.start();
    await().until(() -> intakes.memory.used() > (1 << 20) * 3L / 4);
    assertThat(sent).isFalse();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    await()
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              assertThat(intakes.memory.used()).isLessThan(2 << 20);
              for (Message message : intakes.take(STREAM)) {
                all.writeBytes(message.data());
                all.write('\n');
              }
              return all.size() >= random.length;
            });
    writer.join();
    assertThat(all.toByteArray()).isEqualTo(random);
    await().until(() -> intakes.memory.used() == 0);
  }

  @Test
  void halfMessagesBeyondTheirPartOfMemoryDoNotLockEachOther() throws Exception {
    intakes.close();
    intakes = new Intakes(2 << 20, STREAM);
    make(config().maxMessage(300_000).build()).start();
    byte[] half = "x".repeat(120_000).getBytes(StandardCharsets.UTF_8);
    List<Client> clients = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      clients.add(client());
    }
    for (Client client : clients) {
      Thread thread = new Thread(() -> sendQuietly(client, half));
      thread.start();
      threads.add(thread);
    }
    await().until(() -> intakes.memory.used() > 500_000);
    List<Thread> seconds = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                joinQuietly(threads.get(number));
                sendQuietly(clients.get(number), half);
                sendQuietly(clients.get(number), new byte[] {'\n'});
              });
      thread.start();
      seconds.add(thread);
    }
    await()
        .until(
            () -> {
              assertThat(intakes.memory.used()).isLessThanOrEqualTo(2 << 20);
              return takenTexts().size() == clients.size();
            });
    assertThat(takenTexts()).allSatisfy(text -> assertThat(text).hasSize(240_000));
    for (Thread thread : seconds) {
      thread.join();
    }
    for (Client client : clients) {
      client.close();
    }
    await().until(() -> intakes.memory.used() == 0);
  }

  @Test
  void clientThatHoldsUpAllOthersWithHalfAMessageIsClosed() throws Exception {
    intakes.close();
    intakes = new Intakes(1 << 20, STREAM);
    make(config().maxMessage(250_000).build()).start();
    List<Client> slow = new ArrayList<>();
    byte[] half = "x".repeat(150_000).getBytes(StandardCharsets.UTF_8);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Client client = client();
      slow.add(client);
      Thread thread = new Thread(() -> sendQuietly(client, half));
      thread.start();
      threads.add(thread);
    }
    try (Client fine = client()) {
      Thread sender =
          new Thread(
              () ->
                  sendQuietly(fine, ("y".repeat(200_000) + "\n").getBytes(StandardCharsets.UTF_8)));
      sender.start();
      await()
          .pollInterval(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                nanos.addAndGet(11_000_000_000L);
                return takenTexts().size() == 1;
              });
      sender.join();
    }
    assertThat(taken.get(0).data()).hasSize(200_000);
    for (Client client : slow) {
      client.close();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await()
        .until(
            () -> {
              takenTexts();
              return intakes.memory.used() == 0 && source.connections() == 0;
            });
  }

  private static void sendQuietly(Client client, byte[] bytes) {
    try {
      client.send(bytes);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("roken pipe"); // closed by the source, as some tests want
    }
  }

  private static void joinQuietly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void firstChunkOfANewConnectionIsOnTheBudget() throws IOException {
    start();
    List<Client> clients = IntStream.range(0, 8).mapToObj(i -> openQuietly()).toList();
    for (Client client : clients) {
      client.send("x".repeat(30_000));
    }
    await().until(() -> intakes.memory.used() >= 8 * 30_000);
    for (Client client : clients) {
      client.close();
    }
    awaitCount(8);
    await().until(() -> intakes.memory.used() == 0);
  }

  private Client openQuietly() {
    try {
      return client();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
