package io.scribbler.consumer;

/**
 * One Kinesis record as it was read.
 *
 * @param sequenceNumber Kinesis's, decimal digits
 * @param partitionKey as the producer gave it
 * @param arrivalMillis when Kinesis took it, milliseconds since 1970
 * @param data the bytes, not copied: whoever gets the record must not change them
 */
@SuppressWarnings("ArrayRecordComponent") // a value by convention: a copy of each record would cost
public record StreamRecord(
    String sequenceNumber, String partitionKey, long arrivalMillis, byte[] data) {}
