package io.scribbler.consumer.kcl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.consumer.LeaseLostException;
import io.scribbler.consumer.Position;
import io.scribbler.consumer.engine.Checkpoint;
import io.scribbler.consumer.engine.CheckpointException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.kinesis.exceptions.KinesisClientLibDependencyException;
import software.amazon.kinesis.exceptions.KinesisClientLibException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.processor.Checkpointer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** What becomes of positions in KCL's terms. */
final class KclLeaseTest {
  private static final Position AT_5 = new Position("5", 3);
  private static final Instant NOON = Instant.parse("2024-05-01T12:00:00Z");
  private final Store store = new Store();
  private final OneRow row = new OneRow();
  private final KclLease lease = lease(Checkpoint.NONE);

  /** KCL's store of checkpoints, that fails as a test wants. */
  private static final class Store implements Checkpointer {
    final List<String> writes = new ArrayList<>();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    volatile Exception failure;
    volatile boolean waits;

    @Override
    public void setCheckpoint(String leaseKey, ExtendedSequenceNumber value, String token)
        throws KinesisClientLibException {
      write("set " + value.sequenceNumber() + "/" + value.subSequenceNumber() + " by " + token);
    }

    @Override
    public void prepareCheckpoint(String leaseKey, ExtendedSequenceNumber value, String token) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void prepareCheckpoint(
        String leaseKey, ExtendedSequenceNumber value, String token, byte[] state)
        throws KinesisClientLibException {
      write("prepare " + value.sequenceNumber() + "/" + value.subSequenceNumber());
    }

    private void write(String what) throws KinesisClientLibException {
      if (waits) {
        entered.countDown();
        try {
          go.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof KinesisClientLibException e) {
        throw e;
      }
      writes.add(what);
    }

    @Override
    public ExtendedSequenceNumber getCheckpoint(String leaseKey) {
      throw new UnsupportedOperationException();
    }

    @Override
    public software.amazon.kinesis.checkpoint.Checkpoint getCheckpointObject(String key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void operation(String operation) {}

    @Override
    public String operation() {
      return "";
    }
  }

  private KclLease lease(Checkpoint first) {
    return new KclLease("s", "shard", first, store, "token", new LeaseTable(row, "t"), "me");
  }

  private void commit(KclLease to, Position position) {
    to.commit(position, null, new byte[0]);
  }

  @Test
  void aPositionIsWrittenOnce() {
    commit(lease, AT_5);
    commit(lease, AT_5);
    assertThat(store.writes).containsExactly("set 5/3 by token");
  }

  @Test
  void theSamePositionIsWrittenAgainToForgetWhatWasPrepared() {
    commit(lease, AT_5);
    lease.prepare(AT_5, new byte[0]);
    commit(lease, AT_5);
    assertThat(store.writes).containsExactly("set 5/3 by token", "prepare 5/3", "set 5/3 by token");
  }

  @Test
  void whatAnOwnerBeforePreparedIsForgottenToo() {
    KclLease next =
        lease(new Checkpoint(AT_5, new Position("6", 0), new byte[0], null, new byte[0]));
    commit(next, AT_5);
    assertThat(store.writes).containsExactly("set 5/3 by token");
  }

  @Test
  void allOfARecordLeavesTheRecordToBeGivenAgain() {
    commit(lease, new Position("5", Long.MAX_VALUE));
    assertThat(store.writes).containsExactly("set 5/" + (Long.MAX_VALUE - 1) + " by token");
  }

  @Test
  void theEndIsNotCommittedBeforeTheShardHasEnded() {
    assertThatThrownBy(() -> commit(lease, Position.END))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has not ended");
    lease.prepare(Position.END, new byte[0]);
    assertThat(store.writes).containsExactly("prepare SHARD_END/0");
  }

  @Test
  void aLostLeaseIsTold() {
    store.failure = new ShutdownException("another has it");
    assertThatThrownBy(() -> commit(lease, AT_5)).isInstanceOf(LeaseLostException.class);
    assertThat(lease.isLost()).isTrue();
  }

  @Test
  void otherTroubleMayBeTriedAgain() {
    store.failure = new KinesisClientLibDependencyException("DynamoDB is away");
    assertThatThrownBy(() -> commit(lease, AT_5))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("table t");
    store.failure = null;
    commit(lease, AT_5);
    assertThat(lease.isLost()).isFalse();
    assertThat(store.writes).hasSize(1);
  }

  @Test
  void progressStoresTheTimeThoughNothingWasEverCommitted() {
    lease.progress(NOON);
    assertThat(row.upTo()).isEqualTo(NOON);
    assertThat(store.writes).isEmpty();
  }

  @Test
  void progressStoresTheTimeBesideAPositionThatStays() {
    KclLease next = lease(new Checkpoint(AT_5, null, new byte[0], NOON, new byte[0]));
    next.progress(NOON.plusSeconds(60));
    assertThat(row.upTo()).isEqualTo(NOON.plusSeconds(60));
    assertThat(store.writes).isEmpty();
  }

  @Test
  void theTimeIsWrittenOnceAMinute() {
    lease.progress(NOON);
    lease.progress(NOON.plusSeconds(59));
    lease.commit(AT_5, NOON.plusSeconds(59), new byte[0]);
    assertThat(row.writes()).isEqualTo(1);
    lease.commit(AT_5, NOON.plusSeconds(60), new byte[0]);
    assertThat(row.upTo()).isEqualTo(NOON.plusSeconds(60));
  }

  @Test
  void progressTellsThatTheLeaseIsAnothers() {
    row.own("another");
    assertThatThrownBy(() -> lease.progress(NOON)).isInstanceOf(LeaseLostException.class);
    assertThat(lease.isLost()).isTrue();
  }

  @Test
  void progressThatFailedIsTriedAgain() {
    row.fail(true);
    assertThatThrownBy(() -> lease.progress(NOON))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("table t");
    row.fail(false);
    lease.progress(NOON);
    assertThat(row.upTo()).isEqualTo(NOON);
  }

  @Test
  void aCommitCountsThoughTheTimeBesideItIsNotStored() {
    row.fail(true);
    lease.commit(AT_5, NOON, new byte[0]);
    assertThat(store.writes).containsExactly("set 5/3 by token");
  }

  @Test
  @Timeout(20)
  void whetherItIsLostIsKnownWhileAWriteHangs() throws Exception {
    store.waits = true;
    Thread writer = new Thread(() -> commit(lease, AT_5));
    writer.start();
    store.entered.await();
    try {
      // In a thread of its own: a wait for a monitor can't be interrupted by a time limit.
      assertThat(CompletableFuture.supplyAsync(lease::isLost).get(5, TimeUnit.SECONDS)).isFalse();
    } finally {
      store.go.countDown();
    }
    writer.join();
  }
}
