package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.batch.Intakes;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.KeyRule;
import io.scribbler.agent.config.UnixSourceConfig;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.deadletter.LetterFiles;
import io.scribbler.agent.deadletter.LetterReader;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.metrics.Amount;
import io.scribbler.record.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Acknowledgements that wait for the disk or the stream, and clients with identities. */
@Timeout(60)
class UnixAcksTest {
  private static final String FIRST = "a";
  private static final String SECOND = "b";

  /** A topic of messages that only make the source do something. */
  private static final String ASIDE = "aside";

  private static final String CLIENT = " producer=c epoch=9 from=";

  @TempDir private Path dir;
  private Path path;
  private Intakes intakes;
  private DeadLetters deadLetters;
  private UnixSource source;

  @BeforeEach
  void begin() {
    path = dir.resolve("s.sock");
    deadLetters = new DeadLetters(dir.resolve("dead"), "p", 1 << 20, Clock.systemUTC(), text -> {});
  }

  private boolean mayDrop;

  @AfterEach
  void end() throws InterruptedException {
    source.giveUp();
    source.stop();
    source.close();
    intakes.close();
    deadLetters.close();
  }

  private void start(UnixSourceConfig.Builder config, Acks least, String... streams)
      throws IOException {
    intakes = new Intakes(64 << 20, streams);
    source =
        new UnixSource(
            config.path(path).topic("t").build(),
            intakes.router,
            intakes.memory,
            deadLetters,
            System::nanoTime,
            new RateLimitedLog(LoggerFactory.getLogger("test")),
            "producer=p epoch=7",
            least,
            mayDrop);
    intakes.advanced = source::acksAdvanced;
    source.start();
  }

  private void start(String... streams) throws IOException {
    start(UnixSourceConfig.builder(), Acks.MEMORY, streams);
  }

  @Test
  void whatMayBeDroppedIsNotAcknowledgedFromDiskOrStream() throws IOException {
    mayDrop = true;
    start("s");
    for (String level : List.of("disk", "stream")) {
      try (Client client = new Client(path).send("SCRIBBLER/1 acks=" + level + "\n")) {
        assertThat(client.line()).startsWith("ERR ").contains("when-full");
      }
    }
    try (Client client = hello("acks=memory")) {
      client.send("one\n");
      assertThat(client.line()).isEqualTo("ACK 1");
    }
  }

  private Client hello(String parameters) throws IOException {
    Client client = new Client(path).send("SCRIBBLER/1 " + parameters + "\n");
    assertThat(client.line()).startsWith("OK ");
    return client;
  }

  /** The messages that came out of the stream's batches and that nobody was told of. */
  private List<EncodedBlock> awaitBlocks(String stream, int messages) {
    List<EncodedBlock> some = new ArrayList<>();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              intakes.blocks(stream).stream()
                  .filter(b -> !b.summary().account().name().equals(ASIDE))
                  .forEach(some::add);
              return some.stream().mapToInt(b -> b.summary().count()).sum() >= messages;
            });
    assertThat(some.stream().mapToInt(b -> b.summary().count()).sum()).isEqualTo(messages);
    return some;
  }

  private static void onDisk(List<EncodedBlock> blocks) {
    blocks.forEach(b -> b.summary().ack().onDisk());
  }

  private static void inStream(List<EncodedBlock> blocks) {
    onDisk(blocks);
    blocks.forEach(b -> b.summary().ack().inStream());
  }

  private static List<String> texts(List<EncodedBlock> blocks) {
    return blocks.stream()
        .flatMap(b -> Intakes.messages(b).stream())
        .map(m -> m.sequence() + " " + new String(m.data(), StandardCharsets.UTF_8))
        .toList();
  }

  /** What the source says next is this; all that it did before is done when it is said. */
  private void assertSilent(Client silent) throws IOException {
    try (Client other = hello("acks=memory topic=" + ASIDE)) {
      other.send("x\n");
      assertThat(other.line()).isEqualTo("ACK 1");
    }
    assertThat(silent.available()).isZero();
  }

  @Test
  void diskIsAcknowledgedWhenOnDiskAndStreamWhenInTheStream() throws IOException {
    start(FIRST);
    try (Client disk = hello("acks=disk topic=d");
        Client stream = hello("acks=stream topic=s")) {
      disk.send("1\n2\n");
      stream.send("1\n");
      List<EncodedBlock> held = awaitBlocks(FIRST, 3);
      assertSilent(disk);
      onDisk(held);
      assertThat(disk.line()).isEqualTo("ACK 2");
      assertSilent(stream);
      inStream(held);
      assertThat(stream.line()).isEqualTo("ACK 1");
    }
  }

  @Test
  void batchesThatAreDoneOutOfOrderAreAcknowledgedInOrder() throws IOException {
    start(FIRST);
    try (Client client = hello("acks=stream")) {
      client.send("1\n");
      List<EncodedBlock> first = awaitBlocks(FIRST, 1);
      client.send("2\n");
      List<EncodedBlock> second = awaitBlocks(FIRST, 1);
      inStream(second);
      assertSilent(client);
      inStream(first);
      assertThat(client.line()).isEqualTo("ACK 2");
    }
  }

  @Test
  void theSlowestOfSeveralStreamsDecides() throws IOException {
    start(FIRST, SECOND);
    try (Client client = hello("acks=stream")) {
      client.send("1\n");
      inStream(awaitBlocks(FIRST, 1));
      List<EncodedBlock> slow = awaitBlocks(SECOND, 1);
      assertSilent(client);
      inStream(slow);
      assertThat(client.line()).isEqualTo("ACK 1");
    }
  }

  @Test
  void theSourcesLeastIsWhatAClientGetsAtLeast() throws IOException {
    start(UnixSourceConfig.builder(), Acks.DISK, FIRST);
    try (Client client = hello("acks=memory");
        Client none = hello("acks=none")) {
      client.send("1\n");
      none.send("2\n");
      List<EncodedBlock> held = awaitBlocks(FIRST, 2);
      assertThat(client.available()).isZero();
      onDisk(held);
      assertThat(client.line()).isEqualTo("ACK 1");
      none.endOutput();
      assertThat(none.line()).isNull();
    }
  }

  @Test
  void clientThatEndedItsInputStillGetsItsAcknowledgements() throws IOException {
    start(FIRST);
    try (Client client = hello("acks=stream")) {
      client.send("1\n2\nnever whole").endOutput();
      inStream(awaitBlocks(FIRST, 2));
      assertThat(client.line()).isEqualTo("ACK 2");
      assertThat(client.line()).isNull();
    }
    await().until(() -> source.connections() == 0);
  }

  @Test
  void acknowledgementsGoOnAfterAStop() throws Exception {
    start(FIRST);
    try (Client client = hello("acks=stream")) {
      client.send("1\n");
      source.stop();
      assertThat(path).doesNotExist();
      inStream(awaitBlocks(FIRST, 1));
      assertThat(client.line()).isEqualTo("ACK 1");
      assertThat(client.line()).isNull();
    }
  }

  @Test
  void endedConnectionsMakeRoomForNewOnes() throws IOException {
    start(UnixSourceConfig.builder().maxConnections(1), Acks.MEMORY, FIRST);
    try (Client client = hello("acks=stream")) {
      client.send("1\n").endOutput();
      awaitBlocks(FIRST, 1);
      try (Client next = hello("acks=memory")) {
        next.send("2\n");
        assertThat(next.line()).isEqualTo("ACK 1");
      }
      assertThat(client.line()).isNull();
    }
  }

  @Test
  void tooLongMessageIsAcknowledgedWithTheOthersOnceItIsStored() throws IOException {
    start(UnixSourceConfig.builder().maxMessage(1000), Acks.MEMORY, FIRST);
    try (Client client = hello("acks=stream")) {
      client.send("x".repeat(2000) + "\n");
      assertThat(client.line()).isEqualTo("ACK 1");
      assertThat(deadLetters.count()).isEqualTo(1);
    }
  }

  @Test
  void tooLongMessageIsHeldAndNotAcknowledgedWhileItCantBeStored() throws IOException {
    Path inTheWay = Files.createFile(deadLetters.dir());
    start(UnixSourceConfig.builder().maxMessage(1000), Acks.MEMORY, FIRST);
    try (Client client = hello("acks=disk" + CLIENT + 5)) {
      client.send("x".repeat(2000) + "\nfine\n");
      List<EncodedBlock> fine = awaitBlocks(FIRST, 1);
      onDisk(fine);
      assertThat(texts(fine)).containsExactly("6 fine");
      assertSilent(client);
      var counts = intakes.ledger.snapshot().topic(FIRST, "t");
      assertThat(counts.inMemory()).isEqualTo(new Amount(1, 2000));
      assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
      assertThat(intakes.memory.used()).isGreaterThan(2000);
      Files.delete(inTheWay);
      assertThat(client.line()).isEqualTo("ACK 2");
    }
    var counts = intakes.ledger.snapshot().topic(FIRST, "t");
    assertThat(counts.inMemory()).isEqualTo(Amount.ZERO);
    assertThat(counts.deadLettered()).containsEntry("too_long", new Amount(1, 2000));
    assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
    try (LetterReader letters = new LetterReader(LetterFiles.in(deadLetters.dir()).get(0))) {
      DeadLetter letter = ((LetterReader.Line.Letter) letters.next()).letter();
      assertThat(letter.producer()).isEqualTo("c");
      assertThat(letter.epoch()).isEqualTo(9);
      assertThat(letter.sequence()).isEqualTo(5);
    }
  }

  @Test
  void thousandConnectionsWaitAndAreAllTold() throws IOException {
    start(FIRST);
    int count = 1000;
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(hello("acks=disk"));
      clients.get(i).send("m\n");
    }
    List<EncodedBlock> held = awaitBlocks(FIRST, count);
    assertThat(clients).allSatisfy(c -> assertThat(c.available()).isZero());
    onDisk(held);
    for (Client client : clients) {
      assertThat(client.line()).isEqualTo("ACK 1");
      client.close();
    }
    await().until(() -> source.connections() == 0 && intakes.memory.used() == 0);
  }

  @Test
  void clientThatReadsNothingIsToldTheLastOfManyBatches() throws IOException {
    start(FIRST);
    int batches = 3 * Checkpoints.MOST;
    try (Client client = hello("acks=disk")) {
      List<EncodedBlock> held = new ArrayList<>();
      for (int i = 0; i < batches; i++) {
        client.send("m\n");
        held.addAll(awaitBlocks(FIRST, 1));
      }
      assertThat(client.available()).isZero();
      for (EncodedBlock block : held) {
        onDisk(List.of(block));
      }
      long last = 0;
      while (last < batches) {
        long ack = Long.parseLong(client.line().substring("ACK ".length()));
        assertThat(ack).isGreaterThan(last);
        last = ack;
      }
      assertThat(last).isEqualTo(batches);
    }
  }

  @Test
  void whatCameBeforeTheRunOfAClientIsTakenAndNotPassedOver() throws IOException {
    start(FIRST);
    try (Client before = new Client(path).send("SCRIBBLER/1 acks=disk" + CLIENT + "2000\nlate\n")) {
      assertThat(before.line()).isEqualTo("OK producer=c epoch=9");
      assertThat(texts(awaitBlocks(FIRST, 1))).containsExactly("2000 late");
      try (Client client = new Client(path).send("SCRIBBLER/1 acks=disk" + CLIENT + "10\n")) {
        assertThat(client.line()).isEqualTo("OK producer=c epoch=9");
        client.send("one\ntwo\n");
        assertThat(texts(awaitBlocks(FIRST, 2))).containsExactly("10 one", "11 two");
      }
    }
  }

  @Test
  void clientsSequencesAreItsOwn() throws IOException {
    start(FIRST);
    try (Client client = new Client(path).send("SCRIBBLER/1 acks=disk" + CLIENT + "5\n")) {
      assertThat(client.line()).isEqualTo("OK producer=c epoch=9");
      client.send("one\ntwo\n");
      List<EncodedBlock> held = awaitBlocks(FIRST, 2);
      assertThat(texts(held)).containsExactly("5 one", "6 two");
      Message message = Intakes.messages(held.get(0)).get(0);
      assertThat(message.producer()).isEqualTo("c");
      assertThat(message.epoch()).isEqualTo(9);
      onDisk(held);
      assertThat(client.line()).isEqualTo("ACK 2");
    }
  }

  @Test
  void whatIsHeldIsNotTakenAgainAndAcknowledgedWhenItIsSafe() throws IOException {
    start(FIRST);
    Client first = hello("acks=disk" + CLIENT + "0");
    first.send("zero\none\ntwo\n");
    List<EncodedBlock> held = awaitBlocks(FIRST, 3);
    try (Client again = new Client(path).send("SCRIBBLER/1 acks=disk" + CLIENT + "1\n")) {
      assertThat(again.line()).isEqualTo("OK producer=c epoch=9 held=2");
      assertThat(first.line()).isNull();
      again.send("one\n").send("two\n");
      assertSilent(again);
      onDisk(held);
      String ack = again.line();
      assertThat(ack.equals("ACK 1") ? again.line() : ack).isEqualTo("ACK 2");
      again.send("three\n");
      assertThat(texts(awaitBlocks(FIRST, 1))).containsExactly("3 three");
    }
    first.close();
  }

  @Test
  void whatIsSafeAlreadyIsNotTakenAgainEither() throws IOException {
    start(FIRST);
    try (Client first = hello("acks=stream" + CLIENT + "0")) {
      first.send("zero\n");
      inStream(awaitBlocks(FIRST, 1));
      assertThat(first.line()).isEqualTo("ACK 1");
      try (Client again = new Client(path).send("SCRIBBLER/1 acks=stream" + CLIENT + "0\n")) {
        assertThat(again.line()).isEqualTo("OK producer=c epoch=9 held=1");
        again.send("zero\n");
        assertThat(again.line()).isEqualTo("ACK 1");
      }
    }
  }

  @Test
  void nothingMoreIsReadOfTheConnectionThatWasReplaced() throws IOException {
    start(FIRST);
    try (Client first = hello("acks=disk" + CLIENT + "0")) {
      first.send("ha");
      try (Client again = hello("acks=disk" + CLIENT + "0")) {
        assertThat(first.line()).isNull();
        again.send("half\nwhole\n");
        assertThat(texts(awaitBlocks(FIRST, 2))).containsExactly("0 half", "1 whole");
      }
    }
  }

  /** A batch that nobody awaited on disk proves nothing to one who does. */
  @Test
  void whatWasHeldForLessIsTakenAgain() throws IOException {
    start(FIRST);
    try (Client first = hello("acks=memory" + CLIENT + "0")) {
      first.send("zero\none\n");
      assertThat(first.line()).startsWith("ACK ");
      try (Client again = new Client(path).send("SCRIBBLER/1 acks=stream" + CLIENT + "0\n")) {
        assertThat(again.line()).isEqualTo("OK producer=c epoch=9");
        again.send("zero\none\n");
        List<EncodedBlock> both = awaitBlocks(FIRST, 4);
        assertThat(texts(both)).containsExactly("0 zero", "1 one", "0 zero", "1 one");
        assertSilent(again);
        inStream(both);
        assertThat(again.line()).isEqualTo("ACK 2");
      }
    }
  }

  @Test
  void gapInAClientsSequencesStaysAGap() throws IOException {
    start(FIRST);
    try (Client first = hello("acks=disk" + CLIENT + "0")) {
      first.send("zero\n");
      try (Client again = hello("acks=disk" + CLIENT + "7")) {
        again.send("seven\n");
        assertThat(texts(awaitBlocks(FIRST, 2))).containsExactly("0 zero", "7 seven");
      }
    }
  }

  /** The client counts it, so the sequences after it must be those that a resend would have. */
  @Test
  void deadLetteredMessageOfAClientHasItsSequence() throws IOException {
    start(UnixSourceConfig.builder().maxMessage(1000), Acks.MEMORY, FIRST, SECOND);
    try (Client client = hello("acks=stream" + CLIENT + "0")) {
      client.send("zero\n" + "x".repeat(2000) + "\ntwo\n");
      assertThat(texts(awaitBlocks(FIRST, 2))).containsExactly("0 zero", "2 two");
      assertThat(texts(awaitBlocks(SECOND, 2))).containsExactly("0 zero", "2 two");
    }
  }

  @Test
  void clientsOfOneNameButOtherTopicsAreApart() throws IOException {
    start(FIRST);
    try (Client one = hello("topic=x acks=memory" + CLIENT + "0");
        Client two = hello("topic=y acks=memory" + CLIENT + "0")) {
      one.send("x\n");
      assertThat(one.line()).isEqualTo("ACK 1");
      two.send("y\n");
      assertThat(two.line()).isEqualTo("ACK 1");
    }
    assertThat(texts(awaitBlocks(FIRST, 2))).containsExactlyInAnyOrder("0 x", "0 y");
  }

  @Test
  void clientsAreForgottenOnceAllOfThemIsSettled() throws IOException {
    start(FIRST, SECOND);
    int clients = 2000;
    for (int i = 0; i < clients; i++) {
      try (Client client =
          hello("acks=stream topic=t producer=c" + i + " epoch=" + (i + 1) + " from=0")) {
        client.send("m\n");
      }
      intakes.take(FIRST);
    }
    assertThat(intakes.numbered(SECOND)).isGreaterThanOrEqualTo(clients);
    await()
        .untilAsserted(
            () -> {
              intakes.take(FIRST);
              intakes.take(SECOND);
              assertThat(intakes.numbered(FIRST)).isZero();
              assertThat(intakes.numbered(SECOND)).isZero();
            });
    assertThat(source.connections()).isZero();
  }

  @Test
  void clientThatIsUnderWayIsNotForgotten() throws IOException {
    start(FIRST);
    try (Client client = hello("acks=stream" + CLIENT + "0")) {
      client.send("zero\n");
    }
    List<EncodedBlock> held = awaitBlocks(FIRST, 1);
    try (Client again = new Client(path).send("SCRIBBLER/1 acks=stream" + CLIENT + "0\n")) {
      assertThat(again.line()).endsWith(" held=1");
      inStream(held);
      again.send("zero\n");
      assertThat(again.line()).isEqualTo("ACK 1");
    }
    await().until(() -> intakes.numbered(FIRST) == 0);
  }

  @Test
  void identityThatCannotBeKeptIsRefused() throws IOException {
    start(UnixSourceConfig.builder().key(KeyRule.parse("field:1")), Acks.MEMORY, FIRST);
    try (Client client = new Client(path).send("SCRIBBLER/1" + CLIENT + "0\n")) {
      assertThat(client.line()).startsWith("ERR producer needs key= too");
    }
    try (Client client = hello("key=k acks=memory" + CLIENT + "0")) {
      client.send("m\n");
      assertThat(client.line()).isEqualTo("ACK 1");
    }
    try (Client client = new Client(path).send("SCRIBBLER/1 key=k producer=p epoch=7 from=0\n")) {
      assertThat(client.line())
          .isEqualTo("ERR producer and epoch are the daemon's own; take others");
    }
    assertThat(intakes.numbered(FIRST)).isLessThanOrEqualTo(1);
  }
}
