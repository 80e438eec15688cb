package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.Agent;
import io.scribbler.agent.cli.Host.Ran;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.spool.DiskSpool;
import io.scribbler.agent.spool.FolderSummary;
import io.scribbler.agent.spool.Spool;
import io.scribbler.agent.spool.SpoolFolders;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SpoolCommandsTest {
  @TempDir private Path dir;
  private Host host;

  @BeforeEach
  void open() {
    host = new Host(dir);
  }

  @AfterEach
  void close() {
    host.close();
  }

  private Ran spool(String command, String... more) {
    return Host.run(
        Stream.concat(
                Stream.of("spool", command, "--spool", host.spool.toString()), Stream.of(more))
            .toArray(String[]::new));
  }

  private FolderSummary folder() throws IOException {
    List<FolderSummary> all = new SpoolFolders(host.spool).list();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private void leaveThree() throws Exception {
    host.leave(
        Host.message("clicks", 5, "one é"),
        Host.message("clicks", 6, "k", "two"),
        Host.message("views", 9, "three"));
  }

  @Test
  void anEmptySpoolIsSaid() {
    assertThat(spool("ls")).isEqualTo(new Ran(0, "nothing is spooled in " + host.spool + "\n", ""));
    assertThat(spool("ls", "--json").out()).isEmpty();
    assertThat(spool("verify").out()).startsWith("0 segments, 0 records").contains("all intact");
    assertThat(spool("dump")).isEqualTo(new Ran(0, "", ""));
    assertThat(Host.run("spool").code()).isEqualTo(2);
  }

  @Test
  void lsTellsWhatIsLeft() throws Exception {
    leaveThree();
    Ran ran = spool("ls");
    assertThat(ran.code()).isZero();
    assertThat(ran.lines()).hasSize(2);
    assertThat(ran.lines().get(0)).startsWith("STREAM ");
    assertThat(ran.lines().get(1))
        .startsWith("s in us-east-1 at " + host.local.endpoint() + "  left ")
        .endsWith(folder().path().getFileName().toString());
    assertThat(spool("ls", "--json").out())
        .contains("\"state\":\"left\"")
        .contains("\"messages\":3")
        .contains("\"message_bytes\":14")
        .contains("\"quarantined_segments\":0");
  }

  @Test
  void lsAndDumpWorkBesideARunningAgent() throws Exception {
    Agent agent = host.holding(Host.message("clicks", 5, "one"));
    try {
      assertThat(agent.snapshot().imbalances()).isEmpty();
      assertThat(spool("ls").code()).isZero();
      assertThat(spool("dump").code()).isZero();
      assertThat(spool("verify").code()).isZero();
    } finally {
      agent.endWithin(Duration.ZERO);
      agent.stop();
    }
    assertThat(spool("dump").lines()).hasSize(1);
  }

  @Test
  void dumpPrintsMessagesAsTheReadersToolDoes() throws Exception {
    leaveThree();
    Ran ran = spool("dump");
    assertThat(ran.code()).isZero();
    assertThat(ran.lines().stream().map(line -> line.replaceAll("_millis\":\\d+", "_millis\":0")))
        .containsExactlyInAnyOrder(
            "{\"topic\":\"clicks\",\"producer\":\"p\",\"epoch\":7,\"sequence\":5,"
                + "\"time_millis\":0,\"key\":\"\",\"attributes\":{},\"data\":\"one é\"}",
            "{\"topic\":\"clicks\",\"producer\":\"p\",\"epoch\":7,\"sequence\":6,"
                + "\"time_millis\":0,\"key\":\"k\",\"attributes\":{},\"data\":\"two\"}",
            "{\"topic\":\"views\",\"producer\":\"p\",\"epoch\":7,\"sequence\":9,"
                + "\"time_millis\":0,\"key\":\"\",\"attributes\":{},\"data\":\"three\"}");
    assertThat(spool("dump", "--topic", "views").lines()).hasSize(1);
    assertThat(spool("dump", "--limit", "2").lines()).hasSize(2);
    assertThat(spool("dump", folder().path().getFileName().toString()).lines()).hasSize(3);
    assertThat(spool("dump", "nosuch").err()).contains("no folder nosuch");
  }

  @Test
  void damageIsFoundAndTheRestIsPrintedAndDelivered() throws Exception {
    host.leave(Host.message("clicks", 5, "a", "one"));
    host.leave(Host.message("clicks", 6, "a", "two"));
    assertThat(spool("verify").code()).isZero();
    FolderSummary first = new SpoolFolders(host.spool).list().get(0);
    flipLastByte(first);
    Ran verify = spool("verify");
    assertThat(verify.code()).isEqualTo(1);
    assertThat(verify.out()).contains("damaged " + first.path()).contains("1 damages");
    assertThat(spool("verify", "--json").out()).contains("\"what\":\"a record's data\"");
    Ran dump = spool("dump");
    assertThat(dump.code()).isEqualTo(1);
    assertThat(dump.lines()).hasSize(1);
    assertThat(dump.err()).contains("damaged from byte");
    // What can't be read is told and kept in quarantine, where it can be looked at and tried again.
    assertThat(replay(false)).isEqualTo(AgentRun.KEPT);
    assertThat(host.delivered()).hasSize(1);
    assertThat(folder().quarantined()).isEqualTo(1);
    Ran after = spool("verify");
    assertThat(after.code()).isZero();
    assertThat(after.out()).contains("quarantine: 1 segments, 0 intact records");
    flipLastByte(folder()); // mended
    assertThat(replay(true)).isZero();
    assertThat(host.delivered()).hasSize(2);
    assertThat(new SpoolFolders(host.spool).list()).isEmpty();
  }

  /** Of the last record in the folder's only segment. */
  private static void flipLastByte(FolderSummary folder) throws IOException {
    Path dir = folder.quarantined() > 0 ? folder.path().resolve("quarantine") : folder.path();
    Path segment = dir.resolve("00000001.tape");
    long end = segmentEnd(Files.readAllBytes(segment));
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(end);
      int last = file.read();
      file.seek(end);
      file.write(last ^ 1);
    }
  }

  private static long segmentEnd(byte[] bytes) {
    int end = bytes.length - 1;
    while (bytes[end] == 0) {
      end--;
    }
    return end;
  }

  private int replay(boolean quarantined) throws Exception {
    return SpoolReplayCommand.replay(
        new LeftFolders(host.config()), path -> true, quarantined, new Stopping());
  }

  @Test
  void replayDeliversWhatIsLeftUnderItsIdentity() throws Exception {
    leaveThree();
    assertThat(replay(false)).isZero();
    assertThat(host.delivered())
        .containsExactlyInAnyOrder("clicks p/7/5 one é", "clicks p/7/6 two", "views p/7/9 three");
    assertThat(new SpoolFolders(host.spool).list()).isEmpty();
  }

  @Test
  void replayLeavesWhatItCantDeliver() throws Exception {
    leaveThree();
    host.local.goDown();
    assertThat(replay(false)).isEqualTo(AgentRun.KEPT);
    assertThat(spool("dump").lines()).hasSize(3);
  }

  @Test
  void replayTakesOnlyTheFolderThatItIsTold() throws Exception {
    host.leave(Host.message("clicks", 5, "one"));
    Path first = folder().path();
    host.leave(Host.message("clicks", 6, "two"));
    int code =
        SpoolReplayCommand.replay(
            new LeftFolders(host.config()), first::equals, false, new Stopping());
    assertThat(code).isZero();
    assertThat(host.delivered()).containsExactly("clicks p/7/5 one");
    assertThat(folder().path()).isNotEqualTo(first);
  }

  @Test
  void replayOfAFolderThatIsNotThereOrForAnotherStreamIsRefused() throws Exception {
    leaveThree();
    String name = folder().path().getFileName().toString();
    assertThat(spool("replay", "--stream", "s", "--folder", "nosuch").err())
        .contains("no folder nosuch");
    Ran other = spool("replay", "--stream", "other", "--folder", name);
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("is for s in us-east-1");
    assertThat(spool("replay").err()).contains("give either --config FILE or --stream NAME");
  }

  @Test
  void drainDoesNotTakeWhatARunningAgentOwnsAndDeliversItOnceThatHasEnded() throws Exception {
    leaveThree();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      DiskSpool owner = owner(thread);
      LeftFolders left = new LeftFolders(host.config());
      Optional<Duration> soon = Optional.of(Duration.ofMillis(100));
      assertThat(DrainCommand.drain(left, true, soon, new Stopping())).isEqualTo(AgentRun.KEPT);
      assertThat(replay(false)).isZero(); // there is nothing left that is nobody's
      assertThat(host.delivered()).isEmpty();
      owner.close();
      assertThat(DrainCommand.drain(left, true, Optional.empty(), new Stopping())).isZero();
    } finally {
      thread.shutdownNow();
    }
    assertThat(host.delivered()).hasSize(3);
    assertThat(new SpoolFolders(host.spool).list()).isEmpty();
  }

  /** What an agent has of a spool: it owns the folder once it has found what is in it. */
  private DiskSpool owner(ExecutorService thread) throws InterruptedException {
    DiskSpool owner =
        new DiskSpool(
            new DiskSpool.Settings(
                host.spool, Agent.destination(host.stream()), "owner", 1, 1 << 30, 0),
            thread,
            System::nanoTime,
            text -> {});
    CountDownLatch found = new CountDownLatch(1);
    owner.start(
        new Spool.Finder() {
          @Override
          public void found(int segment, List<Spool.Found> records, long damaged) {}

          @Override
          public void foundAll() {
            found.countDown();
          }
        });
    assertThat(found.await(30, TimeUnit.SECONDS)).isTrue();
    return owner;
  }

  @Test
  void aStopEndsADrainThatWaits() throws Exception {
    leaveThree();
    host.local.goDown();
    Stopping stopping = new Stopping();
    stopping.ask();
    LeftFolders left = new LeftFolders(host.config());
    assertThat(DrainCommand.drain(left, true, Optional.empty(), stopping)).isEqualTo(AgentRun.KEPT);
  }

  @Test
  void drainThatWaitsGoesOnUntilTheStreamIsBack() throws Exception {
    leaveThree();
    host.local.goDown();
    LeftFolders left = new LeftFolders(host.config());
    Optional<Duration> soon = Optional.of(Duration.ofMillis(500));
    assertThat(DrainCommand.drain(left, true, soon, new Stopping())).isEqualTo(AgentRun.KEPT);
    CompletableFuture<Integer> drained =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return DrainCommand.drain(left, true, Optional.empty(), new Stopping());
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    host.local.comeUp();
    assertThat(drained.get()).isZero();
    assertThat(host.delivered()).hasSize(3);
  }

  @Test
  void drainTellsWhatRemainsForOtherStreamsAndOfDeadLetters() throws Exception {
    leaveThree();
    AgentConfig other =
        AgentConfig.builder()
            .spoolPath(host.spool)
            .sources(host.config().sources())
            .streams(
                List.of(
                    StreamConfig.builder("other")
                        .region("us-east-1")
                        .endpoint(host.local.endpoint())
                        .build()))
            .build();
    assertThat(DrainCommand.drain(new LeftFolders(other), true, Optional.empty(), new Stopping()))
        .isEqualTo(AgentRun.KEPT);
    LeftFolders left = new LeftFolders(host.config());
    Files.createDirectories(left.deadLetters());
    Files.writeString(left.deadLetters().resolve("p-2026-01-01.jsonl"), "");
    assertThat(DrainCommand.drain(left, true, Optional.empty(), new Stopping()))
        .isEqualTo(AgentRun.KEPT);
    assertThat(host.delivered()).hasSize(3);
  }
}
