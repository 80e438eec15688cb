package io.scribbler.agent.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.config.Acks;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TopicAcksTest {
  private final AtomicInteger told = new AtomicInteger();
  private final TopicAcks acks = new TopicAcks(told::incrementAndGet);

  private BatchAck sealed(Acks wanted) {
    BatchAck batch = acks.open();
    batch.want(wanted);
    batch.sealed();
    return batch;
  }

  private void assertSafe(long disk, long stream) {
    assertThat(acks.safe(Acks.DISK)).isEqualTo(disk);
    assertThat(acks.safe(Acks.STREAM)).isEqualTo(stream);
  }

  @Test
  void everyBlockOfABatchCounts() {
    BatchAck batch = sealed(Acks.STREAM);
    batch.became(2);
    batch.onDisk();
    batch.inStream();
    assertSafe(0, 0);
    assertThat(told).hasValue(0);
    batch.onDisk();
    assertSafe(1, 0);
    batch.inStream();
    assertSafe(1, 1);
    assertThat(told).hasValue(2);
    assertThat(acks.idle()).isTrue();
  }

  @Test
  void anEarlierBatchHoldsLaterOnesUp() {
    BatchAck first = sealed(Acks.DISK);
    BatchAck second = sealed(Acks.DISK);
    second.onDisk();
    assertSafe(0, 2);
    first.onDisk();
    assertSafe(2, 2);
  }

  @Test
  void whatNobodyAwaitsIsSettledWhenItIsSealedAndThatIsTold() {
    BatchAck open = acks.open();
    BatchAck second = sealed(Acks.DISK);
    second.onDisk();
    assertSafe(0, 0);
    told.set(0);
    open.sealed();
    assertSafe(2, 2);
    assertThat(told).hasPositiveValue();
  }

  @Test
  void theMostThatIsWantedCounts() {
    BatchAck batch = acks.open();
    batch.want(Acks.STREAM);
    batch.want(Acks.MEMORY);
    batch.sealed();
    assertThat(batch.wanted()).isEqualTo(Acks.STREAM);
    assertSafe(0, 0);
  }
}
