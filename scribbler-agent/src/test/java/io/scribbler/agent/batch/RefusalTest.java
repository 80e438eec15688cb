package io.scribbler.agent.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.metrics.Amount;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalTest {
  private final Intakes intakes = new Intakes(8 << 20, "a", "b");
  private final List<String> advanced = new ArrayList<>();

  @Test
  void itIsHeldInEachStreamUntilItIsStored() {
    Refusal refusal = refuse(intakes.router.intake("t", KeyExtractor.constant(""), Acks.DISK));
    assertThat(intakes.ledger.snapshot().total().inMemory()).isEqualTo(new Amount(2, 2_000));
    assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
    refusal.stored("too_long");
    assertThat(intakes.ledger.snapshot().total().inMemory()).isEqualTo(Amount.ZERO);
    assertThat(intakes.ledger.snapshot().total().deadLettered())
        .containsEntry("too_long", new Amount(2, 2_000));
    assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
    assertThat(advanced).isNotEmpty();
  }

  @Test
  void whatIsLostIsCountedAsDroppedAndNeverAcknowledged() {
    Intake intake = intakes.router.intake("t", KeyExtractor.constant(""), Acks.DISK);
    Refusal refusal = refuse(intake);
    advanced.clear();
    refusal.lost();
    assertThat(intakes.ledger.snapshot().total().dropped())
        .containsEntry(Refusal.UNWRITTEN, new Amount(2, 2_000));
    assertThat(intakes.ledger.snapshot().imbalances()).isEmpty();
    long[] mark = new long[intake.width()];
    intake.mark(mark);
    assertThat(intake.safe(mark)).isFalse();
    assertThat(advanced).isEmpty();
    intakes.close();
  }

  private Refusal refuse(Intake intake) {
    intakes.advanced = () -> advanced.add("advanced");
    intake.begin(0, 0);
    try {
      return intake.refuse(1_000);
    } finally {
      intake.end();
    }
  }
}
