package io.scribbler.agent.metrics;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** One topic's terms in one snapshot; {@link Ledger} says what each means. */
public record Counts(
    Amount accepted,
    Amount recovered,
    Amount delivered,
    Amount spooled,
    Map<String, Amount> deadLettered,
    Map<String, Amount> dropped,
    Amount inMemory,
    Amount found,
    Amount onDisk) {

  static final Counts ZERO =
      new Counts(
          Amount.ZERO,
          Amount.ZERO,
          Amount.ZERO,
          Amount.ZERO,
          Map.of(),
          Map.of(),
          Amount.ZERO,
          Amount.ZERO,
          Amount.ZERO);

  /** What came into memory. */
  public Amount in() {
    return accepted.plus(recovered);
  }

  /** What left memory or is still in it. */
  public Amount accountedFor() {
    return delivered
        .plus(inMemory)
        .plus(spooled)
        .plus(sum(deadLettered.values()))
        .plus(sum(dropped.values()));
  }

  /** What came to the disk. */
  public Amount toDisk() {
    return found.plus(spooled);
  }

  /** What left the disk or is still on it. */
  public Amount diskAccountedFor() {
    return recovered.plus(onDisk);
  }

  Counts plus(Counts other) {
    return new Counts(
        accepted.plus(other.accepted),
        recovered.plus(other.recovered),
        delivered.plus(other.delivered),
        spooled.plus(other.spooled),
        merged(deadLettered, other.deadLettered),
        merged(dropped, other.dropped),
        inMemory.plus(other.inMemory),
        found.plus(other.found),
        onDisk.plus(other.onDisk));
  }

  /** All amounts together. */
  public static Amount sum(Collection<Amount> amounts) {
    return amounts.stream().reduce(Amount.ZERO, Amount::plus);
  }

  private static Map<String, Amount> merged(Map<String, Amount> one, Map<String, Amount> two) {
    Map<String, Amount> both = new TreeMap<>(one);
    two.forEach((reason, amount) -> both.merge(reason, amount, Amount::plus));
    return both;
  }
}
