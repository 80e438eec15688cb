package io.scribbler.consumer;

import java.util.Objects;

/**
 * A place in one shard: what is before it was handled.
 *
 * <p>Of the record with the sequence number the first {@code messages} messages are done, of all
 * records before it everything, of those after it nothing. All messages of a record count, those of
 * topics that nobody asked for too, so that a position keeps its meaning when the topics change.
 *
 * <p>Positions of one shard are ordered; those of two shards have nothing to do with each other.
 *
 * @param sequenceNumber Kinesis's, decimal digits, at most 186 bits; {@code SHARD_END} for {@link
 *     #END}
 * @param messages how many messages of that record are done, at least 0; all of them when it is at
 *     least what the record holds
 */
public record Position(String sequenceNumber, long messages) implements Comparable<Position> {
  private static final String SHARD_END = "SHARD_END";
  private static final int MOST_DIGITS = 60;

  /** Behind the last record of a shard that was closed by a split or a merge. */
  public static final Position END = new Position(SHARD_END, 0);

  /** Refuses what is no sequence number, and negative counts. */
  public Position {
    Objects.requireNonNull(sequenceNumber, "sequenceNumber");
    if (!sequenceNumber.equals(SHARD_END) && !isNumber(sequenceNumber)) {
      throw new IllegalArgumentException("no sequence number of Kinesis: " + shown(sequenceNumber));
    }
    if (messages < 0) {
      throw new IllegalArgumentException("messages: " + messages);
    }
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= MOST_DIGITS
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static String shown(String text) {
    return "'" + text.substring(0, Math.min(text.length(), MOST_DIGITS)) + "'";
  }

  /** Whether it is the end of a closed shard. */
  public boolean isEnd() {
    return sequenceNumber.equals(SHARD_END);
  }

  @Override
  public int compareTo(Position other) {
    if (isEnd() || other.isEnd()) {
      return Boolean.compare(isEnd(), other.isEnd());
    }
    int order = compareSequenceNumbers(sequenceNumber, other.sequenceNumber);
    return order != 0 ? order : Long.compare(messages, other.messages);
  }

  /** Compares two sequence numbers of a shard as the numbers that they are. */
  public static int compareSequenceNumbers(String one, String other) {
    String a = withoutZeros(one);
    String b = withoutZeros(other);
    int byLength = Integer.compare(a.length(), b.length());
    return byLength != 0 ? byLength : a.compareTo(b);
  }

  private static String withoutZeros(String number) {
    int from = 0;
    while (from < number.length() - 1 && number.charAt(from) == '0') {
      from++;
    }
    return from == 0 ? number : number.substring(from);
  }

  /** {@code SEQUENCE_NUMBER/MESSAGES}, or {@code SHARD_END}. */
  @Override
  public String toString() {
    return isEnd() ? SHARD_END : sequenceNumber + "/" + messages;
  }
}
