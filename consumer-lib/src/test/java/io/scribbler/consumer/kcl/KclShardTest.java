package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.consumer.ConsumerSettings;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.engine.ByteBudget;
import io.scribbler.consumer.engine.EngineHost;
import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.engine.ShardLease;
import io.scribbler.consumer.engine.ShardProcessor;
import io.scribbler.net.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.processor.Checkpointer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** One shard between KCL's calls and the processor. */
@Timeout(20)
final class KclShardTest {
  private static final Duration LONG = Duration.ofSeconds(15);
  private final OneRow row = new OneRow();
  private final Processor processor = new Processor();
  private final Context context = new Context();
  private final KclShard shard =
      new KclShard(context, new ShardInfo("shard", "token", List.of(), null));

  /** Notes what it is told. */
  private static final class Processor implements ShardProcessor {
    final CompletableFuture<Runnable> ended = new CompletableFuture<>();
    final CountDownLatch draining = new CountDownLatch(1);
    final CountDownLatch drained = new CountDownLatch(1);
    volatile RuntimeException failure;

    @Override
    public boolean hasRoom() {
      return true;
    }

    @Override
    public void records(List<StreamRecord> records, long millisBehind) {}

    @Override
    public void idle(long millisBehind) {}

    @Override
    public void ended(Runnable done) {
      ended.complete(done);
    }

    @Override
    public boolean drain(Duration time) throws InterruptedException {
      draining.countDown();
      drained.await();
      return false;
    }

    @Override
    public void lost() {
      if (failure != null) {
        throw failure;
      }
    }
  }

  private final class Context implements ShardContext, EngineHost {
    final FetchShares memory = new FetchShares(new ByteBudget(1 << 20));
    final LeaseTable table = new LeaseTable(row, "t");
    volatile ShardLease assigned;
    volatile boolean left;

    @Override
    public EngineHost host() {
      return this;
    }

    @Override
    public String name() {
      return "s";
    }

    @Override
    public LeaseTable table() {
      return table;
    }

    @Override
    public String worker() {
      return "me";
    }

    @Override
    public KclTiming timing() {
      return KclTiming.TEST;
    }

    @Override
    public FetchShares memory() {
      return memory;
    }

    @Override
    public boolean isStopping() {
      return false;
    }

    @Override
    public boolean paused() {
      return false;
    }

    @Override
    public Checkpointer checkpoints() {
      return null;
    }

    @Override
    public boolean holds(KclShard shard) {
      return true;
    }

    @Override
    public void left(KclShard shard) {
      left = true;
    }

    @Override
    public ShardSource source(String shardId) {
      return new PollingSource(
          new StreamCalls(new OneShard(), StreamName.parse("s")), shardId, Duration.ofMillis(5));
    }

    @Override
    public StartPosition startNow() {
      return StartPosition.oldest();
    }

    @Override
    public boolean missing(String shardId, Position committed) {
      return false;
    }

    @Override
    public void trouble(SdkException e) {}

    @Override
    public ConsumerSettings settings() {
      throw new UnsupportedOperationException();
    }

    @Override
    public ShardProcessor assigned(ShardLease lease) {
      assigned = lease;
      return processor;
    }

    @Override
    public ByteBudget fetched() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean shardGone(String stream, String shardId, Position committed) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void failed(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  private void initialize(ExtendedSequenceNumber stored) {
    shard.initialize(
        InitializationInput.builder().shardId("shard").extendedSequenceNumber(stored).build());
  }

  private Thread end() {
    Thread kcl = new Thread(() -> shard.shardEnded(ShardEndedInput.builder().build()));
    kcl.start();
    return kcl;
  }

  @Test
  void aShardThatNeverHadARecordKeepsTheTimeUpToWhichItIsDone() {
    Instant noon = Instant.parse("2024-05-01T12:00:00Z");
    row.put(noon);
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    assertThat(context.assigned.checkpoint().committed()).isNull();
    assertThat(context.assigned.checkpoint().upTo()).isEqualTo(noon);
    shard.lost();
  }

  @Test
  void aHandlerThatFailsWhenTheLeaseIsLostKeepsNothingOpen() throws Exception {
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    processor.failure = new IllegalStateException("the handler's");
    shard.lost();
    assertThat(context.left).isTrue();
    assertThat(shard.isOver()).isTrue();
    assertThat(shard.drain(LONG)).isFalse();
  }

  @Test
  void aStopAfterTheEndWasCommittedFindsEverythingDone() throws Exception {
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    Thread kcl = end();
    processor.ended.get().run();
    kcl.join();
    assertThat(context.left).isTrue();
    assertThat(shard.drain(LONG)).isTrue();
  }

  @Test
  void aStopWhileTheEndIsCommittedFindsEverythingDone() throws Exception {
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    Thread kcl = end();
    Runnable done = processor.ended.get();
    CompletableFuture<Boolean> drained = new CompletableFuture<>();
    Thread stop =
        new Thread(
            () -> {
              try {
                drained.complete(shard.drain(LONG));
              } catch (InterruptedException e) {
                drained.completeExceptionally(e);
              }
            });
    stop.start();
    processor.draining.await();
    done.run();
    processor.drained.countDown();
    assertThat(drained.get()).isTrue();
    stop.join();
    kcl.join();
    assertThat(context.left).isTrue();
  }

  @Test
  void aHandOverBeginsOnce() {
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    assertThat(shard.beginHandOver()).isTrue();
    assertThat(shard.beginHandOver()).isFalse();
    shard.lost();
  }

  @Test
  void aShardThatIsOverIsNotHandedOver() {
    initialize(ExtendedSequenceNumber.TRIM_HORIZON);
    shard.lost();
    assertThat(shard.beginHandOver()).isFalse();
  }
}
