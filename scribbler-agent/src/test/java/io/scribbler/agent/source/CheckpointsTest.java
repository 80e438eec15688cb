package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.Intakes;
import io.scribbler.agent.batch.KeyExtractor;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.KeyRule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointsTest {
  private final Intakes intakes = new Intakes(64 << 20, "s");
  private final Intake intake =
      intakes.router.intake("t", KeyExtractor.of(KeyRule.NONE), Acks.DISK);
  private final Checkpoints checkpoints = new Checkpoints(intake);

  @AfterEach
  void end() {
    intakes.close();
  }

  private void take() {
    intake.begin(0, 0);
    assertThat(intake.offer(ByteBuffer.allocate(1), 0, 1)).isTrue();
    intake.end();
    checkpoints.add(intake.total());
  }

  private List<EncodedBlock> batch() {
    List<EncodedBlock> blocks = new ArrayList<>();
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> blocks.addAll(intakes.blocks("s")));
    return blocks;
  }

  private static void onDisk(List<EncodedBlock> blocks) {
    blocks.forEach(block -> block.summary().ack().onDisk());
  }

  @Test
  void chunksOfOneBatchShareACheckpoint() {
    take();
    take();
    assertThat(checkpoints.size()).isEqualTo(1);
    List<EncodedBlock> batch = batch();
    assertThat(checkpoints.reached()).isZero();
    onDisk(batch);
    assertThat(checkpoints.reached()).isEqualTo(2);
    assertThat(checkpoints.isEmpty()).isTrue();
  }

  @Test
  void theNewestReplacesTheLastWhenThereAreMany() {
    List<List<EncodedBlock>> batches = new ArrayList<>();
    int count = Checkpoints.MOST + 10;
    for (int i = 0; i < count; i++) {
      take();
      batches.add(batch());
    }
    assertThat(checkpoints.size()).isEqualTo(Checkpoints.MOST);
    for (int i = 0; i < Checkpoints.MOST - 1; i++) {
      onDisk(batches.get(i));
      assertThat(checkpoints.reached()).isEqualTo(i + 1);
    }
    for (int i = Checkpoints.MOST - 1; i < count - 1; i++) {
      onDisk(batches.get(i));
      assertThat(checkpoints.reached()).isZero();
    }
    onDisk(batches.get(count - 1));
    assertThat(checkpoints.reached()).isEqualTo(count);
  }
}
