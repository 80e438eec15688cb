package io.scribbler.consumer;

import java.util.Optional;

/**
 * A message that its handler failed on, or a record that can't be read, with where it is and why.
 *
 * @param stream the stream's name
 * @param shardId the shard
 * @param position behind the message or record: what is before it, this one included, is done
 * @param partitionKey the record's
 * @param arrivalMillis when Kinesis took the record, milliseconds since 1970
 * @param message what could not be handled; empty: the record can't be read
 * @param record the whole record that can't be read; empty when there is a message
 * @param cause what was thrown last, or why the record can't be read
 */
public record DeadLetter(
    String stream,
    String shardId,
    Position position,
    String partitionKey,
    long arrivalMillis,
    Optional<ConsumerMessage> message,
    Optional<StreamRecord> record,
    Throwable cause) {}
