package io.scribbler.agent.send;

import java.time.Duration;

/**
 * How one stream's records are sent.
 *
 * @param stream its name, for people
 * @param wholeRecords whether the encoder gives whole records rather than blocks of one
 * @param strict whether at most one record of a lane may be in flight
 * @param linger how long a message may wait for others
 * @param recordSize bytes that a record aims at
 * @param maxInFlight requests at once
 * @param maxRequestRecords records in a request
 * @param maxRequestBytes bytes in a request, partition keys included
 * @param shardRefresh how often the shards are looked up
 */
public record SenderSettings(
    String stream,
    boolean wholeRecords,
    boolean strict,
    Duration linger,
    int recordSize,
    int maxInFlight,
    int maxRequestRecords,
    int maxRequestBytes,
    Duration shardRefresh) {}
