package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.local.LocalOptions;
import io.scribbler.local.Refusal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What fails, what an operator sees of it, and that nothing is lost: see docs/failures.md. */
final class FailuresIT {
  private static final String DELIVERED = "scribbler_messages_delivered_total";
  private static final String SPOOLED = "scribbler_messages_spooled_total";
  private static final String DROPPED = "scribbler_messages_dropped_total";
  private static final String DEAD_LETTERED = "scribbler_messages_dead_lettered_total";

  /** Not compressed, so that little is enough for the memory. */
  private static final String STREAM = ", compression: none, block-size: 64KiB, linger: 20ms";

  @TempDir private Path dir;

  private Rig rig;

  private void start(Rig.Settings settings) throws Exception {
    rig = new Rig(settings, LocalOptions.defaults());
    rig.begin().listening();
  }

  private void start() throws Exception {
    start(settings());
  }

  private Rig.Settings settings() {
    return Rig.Settings.in(program(), dir)
        .keys("memory: 8MiB\nacks: memory\nshutdown-timeout: 1s")
        .spool(dir.resolve("spool"), ", min-free: 0%")
        .stream(STREAM);
  }

  private static Path program() {
    return Path.of(System.getProperty("program.scribbler"));
  }

  @AfterEach
  void stop() {
    if (rig != null) {
      rig.close();
    }
  }

  /** As much as it is let, 4 KB each. */
  private Resender flood(String name, String acks) {
    return rig.client(new Resender.Client(name, 7, "flood", acks, "lines", 4096, 40e6, 1_000_000));
  }

  private Resender trickle(String name, String acks) {
    return rig.client(new Resender.Client(name, 7, "trickle", acks, "lines", 100, 2000, 1000));
  }

  private double metric(String name) {
    return rig.life().watch().of(name);
  }

  private void awaitMetric(String name, double atLeast) {
    Watch watch = rig.life().watch();
    await(name + " reaches " + atLeast).until(() -> watch.of(name) >= atLeast);
  }

  private void awaitSaid(String words) {
    await("says " + words).until(() -> rig.life().said().contains(words));
  }

  private long said(String words) {
    return rig.life().said().lines().filter(line -> line.contains(words)).count();
  }

  private int ready() throws InterruptedException {
    return rig.life().watch().status("/ready");
  }

  /** All arrived under their identities, and the books balanced all the time. */
  private StreamAudit.Tally assertNothingLost() throws InterruptedException {
    StreamAudit.Tally tally = rig.settle();
    assertThat(tally.accepted()).isPositive();
    assertThat(tally.lost()).as("lost").isZero();
    assertThat(tally.unrecognised()).as("unrecognised").isZero();
    assertThat(rig.wrongAccounts()).isEmpty();
    return tally;
  }

  @Test
  void kinesisDownForMoreThanTheMemoryHolds() throws Exception {
    start();
    flood("app", "disk");
    rig.awaitAcknowledged(1000);
    rig.down(true);
    awaitMetric(SPOOLED, 1000);
    awaitSaid("trying again");
    assertThat(metric("scribbler_delivery_up")).isZero();
    assertThat(metric("scribbler_oldest_unsent_age_seconds")).isPositive();
    assertThat(ready()).isEqualTo(200);
    rig.down(false);
    awaitSaid("delivery goes on");
    assertNothingLost();
  }

  /** What an operator can mend: held for as long as it takes, beyond the memory too. */
  @ParameterizedTest
  @EnumSource(names = {"EXPIRED_TOKEN", "WRONG_CREDENTIALS", "ACCESS_DENIED", "STREAM_NOT_FOUND"})
  void heldUntilItIsMended(Refusal refusal) throws Exception {
    held(refusal);
  }

  @ParameterizedTest
  @EnumSource(names = {"KMS_DISABLED", "KMS_ACCESS_DENIED"})
  void aKeyThatIsDisabledOrDeniedHoldsEverything(Refusal refusal) throws Exception {
    held(refusal);
  }

  private void held(Refusal refusal) throws Exception {
    start();
    Resender app = flood("app", "disk");
    rig.awaitAcknowledged(500);
    rig.stream().faults().refuse(refusal);
    awaitMetric(SPOOLED, 1000);
    awaitSaid("holding what comes");
    assertThat(metric("scribbler_delivery_up")).isZero();
    assertThat(metric(DEAD_LETTERED)).isZero();
    assertThat(metric(DROPPED)).isZero();
    assertThat(ready()).isEqualTo(200);
    assertThat(said("ERROR")).as("one clear line a minute").isEqualTo(1);
    app.pause(true);
    rig.stream().faults().refuse(null);
    awaitSaid("delivery goes on");
    assertThat(assertNothingLost().duplicated()).isZero();
  }

  @Test
  void kinesisAnswersTooLate() throws Exception {
    start(settings().stream(STREAM + ", request-timeout: 300ms"));
    trickle("app", "disk");
    rig.awaitAcknowledged(1);
    rig.stream().faults().delay(Duration.ofSeconds(3));
    awaitSaid("trying again");
    assertThat(metric("scribbler_delivery_up")).isZero();
    rig.stream().faults().reset();
    awaitSaid("delivery goes on");
    assertNothingLost();
  }

  @Test
  void aNameThatNoServerHas() throws Exception {
    String nowhere = "  - { name: s, endpoint: \"http://stream.invalid:4567\", region: r }\n";
    Daemon.Settings settings =
        Daemon.Settings.streams(nowhere).with("shutdown-timeout: 1s\nacks: disk\n");
    Map<String, String> keys = Map.of("AWS_ACCESS_KEY_ID", "k", "AWS_SECRET_ACCESS_KEY", "s");
    try (Daemon daemon = Daemon.start(dir, settings, keys)) {
      try (SocketClient client = daemon.connect()) {
        client.hello("acks=disk");
        client.lines(List.of("one", "two"));
        client.awaitAck(2);
      }
      daemon.program().awaitSaid("trying again");
      assertThat(daemon.watch().of("scribbler_delivery_up")).isZero();
      assertThat(daemon.watch().status("/ready")).isEqualTo(200);
      assertThat(daemon.stop()).isEqualTo(75);
      assertThat(daemon.program().err()).contains("2 messages lie on disk", "stream.invalid");
    }
  }

  @Test
  void aPoisonRecordInARequestOf500() throws Exception {
    rig = new Rig(settings(), LocalOptions.defaults());
    rig.stream().faults().poison("the poison".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      lines.add(i == 250 ? "the poison" : "harmless " + i);
    }
    Endpoint kinesis = new Endpoint(rig.stream().endpoint(), dir);
    Path input = AccessLog.write(dir.resolve("in"), lines);
    try (Program pipe = kinesis.pipe(input, Rig.STREAM, "--format", "plain")) {
      assertThat(pipe.exitCode()).as(pipe.err()).isEqualTo(75);
      assertThat(pipe.err()).contains("dead-lettered", "1 message could not be delivered");
    }
    List<String> others = lines.stream().filter(line -> !line.equals("the poison")).toList();
    Counted.assertSame(kinesis.tail(Rig.STREAM), others);
    try (var files = Files.list(dir.resolve("spool/dead-letter"))) {
      assertThat(files.map(FailuresIT::text).toList())
          .singleElement()
          .asString()
          .contains("the poison", "refused")
          .hasLineCount(1);
    }
  }

  /** A refusal that hits all is configuration, and an operator can mend it. */
  @Test
  void aRefusalOfEverythingDeadLettersNothing() throws Exception {
    start();
    rig.stream().faults().poison(new byte[] {(byte) 0xF1, 0x5C}); // all records begin like this
    Resender app = trickle("app", "disk");
    rig.awaitAcknowledged(100);
    awaitSaid("holding what comes");
    assertThat(metric("scribbler_delivery_up")).isZero();
    app.pause(true);
    rig.stream().faults().reset();
    assertThat(assertNothingLost().duplicated()).isZero();
    assertThat(dir.resolve("spool/dead-letter"))
        .satisfiesAnyOf(
            path -> assertThat(path).doesNotExist(), path -> assertThat(path).isEmptyDirectory());
  }

  @ParameterizedTest
  @CsvSource({"drop-oldest", "drop-newest"})
  void aSpoolAtItsSizeDropsWhatTheSettingsSay(String whenFull) throws Exception {
    start(
        settings()
            .spool(
                dir.resolve("spool"), ", min-free: 0%, max-size: 64MiB, when-full: " + whenFull));
    rig.down(true);
    Resender app = flood("app", "memory");
    awaitMetric(DROPPED, 2000);
    awaitSaid("has reached spool.max-size");
    assertThat(ready()).isEqualTo(200); // it takes what comes
    assertThat(metric("scribbler_spool_full") + metric(DROPPED)).isPositive();
    app.pause(true);
    rig.down(false);
    assertThat(app.finish(Patience.LIMIT)).isTrue();
    rig.awaitDelivered();
    double dropped = metric(DROPPED);
    assertThat(rig.life().terminate()).isEqualTo(1); // since some were dropped
    StreamAudit.Tally tally = rig.count();
    assertThat(rig.wrongAccounts()).isEmpty();
    assertThat(tally.unrecognised()).isZero();
    assertThat((double) tally.lost()).as("lost, and told").isEqualTo(dropped);
    int told = (int) tally.accepted();
    boolean newest = rig.audit().seen(app.client()).get(told - 1);
    assertThat(newest || whenFull.equals("drop-newest")).as("the newest is there").isTrue();
    assertThat(rig.audit().seen(app.client()).get(2000))
        .as("an old one is there")
        .isEqualTo(whenFull.equals("drop-newest"));
  }

  @Test
  void aSpoolAtItsSizeBlocks() throws Exception {
    start(settings().spool(dir.resolve("spool"), ", min-free: 0%, max-size: 64MiB"));
    rig.down(true);
    Resender app = flood("app", "disk");
    awaitSaid("has reached spool.max-size");
    await("sources wait").until(() -> ready() == 503);
    assertThat(metric("scribbler_spool_full")).isEqualTo(1);
    app.pause(true);
    rig.down(false);
    assertNothingLost();
    assertThat(said("dropped")).isZero();
  }

  @Test
  void aFullDiskBlocksUntilThereIsRoom() throws Exception {
    try (BrokenDisk disk = BrokenDisk.small(dir.resolve("disk"))) {
      start(settings().spool(disk.path().resolve("spool"), ", min-free: " + disk.minFree()));
      rig.down(true);
      Resender app = flood("app", "memory");
      awaitSaid("free");
      await("sources wait").until(() -> ready() == 503);
      app.pause(true);
      rig.down(false);
      await("sources go on").until(() -> ready() == 200);
      assertNothingLost();
    }
  }

  @Test
  void aReadOnlyDisk() throws Exception {
    try (BrokenDisk disk = BrokenDisk.large(dir.resolve("disk"))) {
      start(settings().spool(disk.path().resolve("spool"), ", min-free: 0%"));
      disk.readOnly(true);
      flood("app", "disk");
      awaitSaid("mend the disk, or give another spool.path");
      awaitMetric(DELIVERED, metric(DELIVERED) + 1000); // and acknowledged: Kinesis has them
      rig.awaitAcknowledged(1000);
      assertThat(metric("scribbler_spool_up")).isZero();
      disk.readOnly(false);
      awaitSaid("the spool takes records again");
      assertNothingLost();
    }
  }

  @Test
  void aSpoolThatIsDeletedInMidFlow() throws Exception {
    start();
    rig.down(true);
    Resender app = flood("app", "disk");
    awaitMetric("scribbler_messages_on_disk", 2000);
    BrokenDisk.delete(rig.spool());
    awaitSaid("the spool's files were removed while they were in use");
    rig.awaitAcknowledged(1000);
    app.pause(true);
    rig.down(false);
    assertNothingLost();
  }

  @Test
  void aFileWhereTheSpoolShouldBe() throws Exception {
    Path file = Files.writeString(dir.resolve("spool"), "in the way");
    start();
    flood("app", "disk"); // acknowledged all the same: from the stream
    rig.awaitAcknowledged(1000);
    assertThat(rig.life().said()).contains("the epoch can't be kept there");
    assertThat(said("the epoch can't be kept there")).isEqualTo(1);
    assertThat(said("give another spool.path")).isEqualTo(1);
    assertNothingLost();
    assertThat(file).hasContent("in the way");
  }

  @Test
  void aCorruptSegmentIsKeptAsideAndTheRestIsDelivered() throws Exception {
    start();
    rig.down(true);
    Resender app = flood("app", "disk");
    awaitMetric(SPOOLED, 2000);
    assertThat(app.finish(Patience.LIMIT)).isTrue();
    assertThat(rig.life().terminate()).isEqualTo(75);
    Path segment = BrokenDisk.segments(rig.spool()).get(0);
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {0}), 40_000); // inside the data of the first element
    }
    rig.down(false);
    rig.begin().listening();
    rig.awaitDelivered();
    awaitMetric("scribbler_spool_quarantined_segments_total", 1);
    assertThat(metric(DEAD_LETTERED) + metric(DROPPED)).isPositive();
    double aside = metric(DEAD_LETTERED) + metric(DROPPED);
    assertThat(said("crc") + said("CRC") + said("damaged") + said("checksum")).isPositive();
    rig.life().terminate();
    StreamAudit.Tally tally = rig.count();
    assertThat((double) tally.lost()).as("not delivered, and told").isEqualTo(aside);
    assertThat(aside).as("one element").isLessThan(130);
    assertThat(rig.wrongAccounts()).isEmpty();
    assertThat(BrokenDisk.quarantined(rig.spool())).hasSize(1);
  }

  @Test
  void twoAgentsOnOneSpoolAndOneOfThemDies() throws Exception {
    rig = new Rig(settings(), LocalOptions.defaults());
    rig.down(true);
    Daemon.Settings settings =
        Daemon.Settings.streams(new Endpoint(rig.stream().endpoint(), dir).yaml(Rig.STREAM, STREAM))
            .withSpoolAt(rig.spool())
            .withSpool(", min-free: 0%")
            .with("memory: 8MiB\nacks: disk\n");
    Path other = Files.createDirectory(dir.resolve("other"));
    List<Resender.Client> clients = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      clients.add(new Resender.Client(name, 7, "t", "disk", "lines", 4096, 1e9, 100_000));
    }
    clients.forEach(rig::expect);
    Map<Resender.Client, Long> told = new java.util.HashMap<>();
    try (Daemon one = Daemon.start(dir, settings);
        Daemon two = Daemon.start(other, settings)) {
      for (Daemon daemon : List.of(one, two)) {
        Resender.Client client = clients.get(daemon == one ? 0 : 1);
        try (Resender app = Resender.start(Daemon.socket(daemon == one ? dir : other), client)) {
          await().until(() -> daemon.watch().of(SPOOLED) > 500);
          assertThat(app.finish(Patience.LIMIT)).isTrue();
          told.put(client, app.acknowledged());
        }
      }
      two.program().kill();
      rig.down(false);
      await("all is delivered by the one that lives")
          .until(
              () ->
                  one.watch().of(DELIVERED) >= told.values().stream().mapToLong(n -> n).sum()
                      && one.watch().of("scribbler_messages_on_disk") == 0);
      assertThat(one.watch().of("scribbler_messages_found_total")).isPositive();
      assertThat(one.stop()).isZero();
    }
    rig.audit().read(rig.stream().endpoint(), Rig.STREAM);
    StreamAudit.Tally tally = rig.audit().tally(told);
    assertThat(tally.lost()).isZero();
    assertThat(tally.duplicated()).isZero();
    assertThat(tally.unrecognised()).isZero();
  }

  /** The life after the clock went back has a higher epoch all the same. */
  @Test
  void aClockSetBackAnHourBetweenTwoLives() throws Exception {
    start();
    rig.life().killNow();
    Path file = rig.spool().resolve("epoch");
    long ahead = ((Long.parseLong(text(file).strip()) >> 20) + 3600) << 20;
    Files.writeString(file, ahead + "\n"); // as if that life had been an hour later
    rig.begin().listening();
    try (SocketClient client = SocketClient.connect(rig.socket())) {
      assertThat(client.hello("acks=none")).isEqualTo("OK producer=tormented epoch=" + (ahead + 1));
    }
    trickle("app", "stream");
    rig.awaitAcknowledged(10);
    assertNothingLost();
  }

  @Test
  void theClockIsAnHourFromThatOfKinesis() throws Exception {
    rig = new Rig(settings(), LocalOptions.defaults());
    rig.stream().faults().clockAhead(Duration.ofHours(1));
    rig.begin().listening();
    trickle("app", "stream");
    rig.awaitAcknowledged(10);
    rig.stream().faults().clockAhead(Duration.ofHours(-1));
    rig.awaitAcknowledged(50);
    rig.clients().forEach(client -> assertThat(client.finish(Patience.LIMIT)).isTrue());
    rig.awaitDelivered();
    rig.stream().faults().reset(); // the reader of the audit has no agent's patience
    assertThat(assertNothingLost().duplicated()).isZero();
  }

  @Test
  void sigtermWhileKinesisIsDown() throws Exception {
    start(settings().keys("memory: 8MiB\nacks: memory\nshutdown-timeout: 1s"));
    rig.down(true);
    Resender app = flood("app", "memory");
    rig.awaitAcknowledged(3000);
    long start = System.nanoTime();
    assertThat(rig.life().terminate()).isEqualTo(75);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    assertThat(rig.life().said()).contains("on disk, not delivered yet");
    app.pause(true);
    rig.down(false);
    rig.begin().listening();
    awaitMetric("scribbler_messages_found_total", 1);
    assertNothingLost();
  }

  @Test
  void aHotShardDoesNotSlowTheOthersNorBurnTheProcessor() throws Exception {
    start();
    rig.stream().faults().stuckShard("shardId-000000000001");
    rig.client(new Resender.Client("app", 7, "t", "disk", "lines", 4096, 8e6, 100_000));
    awaitSaid("open shards");
    awaitMetric(DELIVERED, 5000);
    rig.clients().forEach(client -> client.pause(true));
    Duration before = cpu();
    long start = System.nanoTime();
    await().until(() -> System.nanoTime() - start > 2_000_000_000L);
    assertThat(cpu().minus(before))
        .as("while one shard takes nothing")
        .isLessThan(Duration.ofSeconds(1));
    rig.stream().faults().reset();
    assertThat(assertNothingLost().duplicated()).isZero();
  }

  private Duration cpu() {
    return ProcessHandle.of(rig.life().pid())
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
