package io.scribbler.consumer.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.consumer.reading.ShardBatch;
import io.scribbler.net.StreamName;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one stream makes of the reader's calls. */
final class FileStreamTest {
  private static final String SHARD = "shardId-000000000000";
  private static final long LIMIT = 8 << 20;

  @TempDir Path directory;

  private final Host host = new Host();
  private CheckpointFolder folder;
  private FileStream stream;

  @BeforeEach
  void make() {
    folder = new CheckpointFolder(directory, "etl");
    stream =
        new FileStream(host, folder, null, StreamName.parse("s"), new FetchShares(host.fetched));
  }

  private static ShardBatch batch(String shardId, int records, int bytes) {
    List<StreamRecord> all = new ArrayList<>();
    for (int i = 1; i <= records; i++) {
      all.add(new StreamRecord(Integer.toString(i), "key", 0, new byte[bytes]));
    }
    return new ShardBatch(shardId, all, 0);
  }

  @Test
  void aShardThatWentIsForgottenAndItsHandlersStoreNothingMore() throws Exception {
    stream.mostRecords(SHARD);
    stream.wasRead(SHARD);
    ShardLease lease = host.leases.get(0);
    lease.commit(new Position("49", 1), Instant.now(), new byte[0]);
    assertThat(folder.checkpoints("s")).containsOnlyKeys(SHARD);
    stream.gone(SHARD);
    assertThat(host.gone).containsExactly(SHARD + " 49/1");
    assertThat(folder.checkpoints("s")).isEmpty();
    assertThatThrownBy(() -> lease.progress(Instant.now())).isInstanceOf(LeaseLostException.class);
    assertThat(folder.checkpoints("s")).isEmpty();
  }

  @Test
  void anInterruptWhileRecordsAreTakenPassesNoneOver() {
    host.interrupted = true;
    stream.mostRecords(SHARD);
    assertThatThrownBy(() -> stream.handle(batch(SHARD, 1, 10)))
        .isInstanceOf(StreamException.class)
        .hasMessageContaining(SHARD)
        .hasMessageContaining("interrupted");
  }

  @Test
  void memoryIsTakenBeforeAReadMadeRightAfterItAndGivenBack() {
    assertThat(stream.mostRecords(SHARD)).isEqualTo(1);
    assertThat(host.fetched.used()).isEqualTo(1 << 20);
    stream.handle(batch(SHARD, 2, 1800));
    assertThat(host.fetched.used()).isEqualTo(4000);
    stream.wasRead(SHARD);
    assertThat(host.fetched.used()).isZero();
    assertThat(stream.mostRecords(SHARD)).as("a MiB of 2,000 bytes each").isEqualTo(524);
    stream.wasRead(SHARD);
    assertThat(host.fetched.used()).isZero();
  }

  @Test
  void oneShardsAnswerLeavesEachOtherItsShareAndNoneMore() {
    stream.mostRecords("a");
    stream.mostRecords("b");
    stream.wasRead("b");
    stream.handle(batch("a", 10, 1 << 20)); // larger than was expected, and stuck
    assertThat(host.fetched.used()).isGreaterThan(LIMIT);
    long held = host.fetched.used();
    assertThat(stream.mostRecords("b")).isEqualTo(1);
    assertThat(host.fetched.used() - held).isLessThanOrEqualTo(LIMIT / 4);
  }

  @Test
  void noMemoryIsTakenForAShardThatHasNoRoom() {
    host.room = false;
    assertThat(stream.mostRecords(SHARD)).isZero();
    assertThat(host.fetched.used()).isZero();
  }

  private static final class Host implements EngineHost {
    private final ByteBudget fetched = new ByteBudget(LIMIT);
    private final List<ShardLease> leases = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();
    private boolean interrupted;
    private boolean room = true;

    @Override
    public ConsumerSettings settings() {
      throw new UnsupportedOperationException("not asked for");
    }

    @Override
    public ShardProcessor assigned(ShardLease lease) {
      leases.add(lease);
      return new Processor(this);
    }

    @Override
    public ByteBudget fetched() {
      return fetched;
    }

    @Override
    public boolean shardGone(String stream, String shardId, Position committed) {
      gone.add(shardId + " " + committed);
      return true;
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }

  private record Processor(Host host) implements ShardProcessor {
    @Override
    public boolean hasRoom() {
      return host.room;
    }

    @Override
    public void records(List<StreamRecord> records, long millisBehind) throws InterruptedException {
      if (host.interrupted) {
        throw new InterruptedException("as if");
      }
    }

    @Override
    public void idle(long millisBehind) {}

    @Override
    public void ended(Runnable done) {
      done.run();
    }

    @Override
    public boolean drain(Duration time) {
      return true;
    }

    @Override
    public void lost() {}
  }
}
