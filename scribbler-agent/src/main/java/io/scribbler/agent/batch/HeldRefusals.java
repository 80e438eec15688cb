package io.scribbler.agent.batch;

import io.scribbler.agent.metrics.Amount;
import io.scribbler.agent.metrics.Ledger;
import java.util.HashMap;
import java.util.Map;

/**
 * Messages that one stream's sources took and the stream can't carry, until the dead-letter file
 * has them. Thread-safe: its moves are made under the lock of the stream's accounts, so that no
 * snapshot falls between them.
 */
final class HeldRefusals {
  private final Ledger.Stream ledger;

  // Guarded by the ledger's lock.
  private final Map<TopicAccount, Amount> held = new HashMap<>();

  HeldRefusals(Ledger.Stream ledger) {
    this.ledger = ledger;
    ledger.registerInMemory(
        tally ->
            held.forEach((topic, sum) -> tally.add(topic.name(), sum.messages(), sum.bytes())));
  }

  /** A message came, and is held. */
  void take(TopicAccount topic, long bytes) {
    ledger.atomically(
        () -> {
          held.merge(topic, new Amount(1, bytes), Amount::plus);
          topic.accepted(1, bytes);
        });
  }

  /**
   * It is held no longer.
   *
   * @param stored whether the dead-letter file has it; otherwise nobody has
   */
  void leave(TopicAccount topic, String reason, long bytes, boolean stored) {
    ledger.atomically(
        () -> {
          held.computeIfPresent(
              topic,
              (t, sum) ->
                  sum.messages() == 1 ? null : new Amount(sum.messages() - 1, sum.bytes() - bytes));
          topic.refused(reason, 1, bytes, stored);
        });
  }
}
