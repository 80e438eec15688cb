package io.scribbler.consumer;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * What is done with the records of a shard.
 *
 * @param handlers makes the call for a shard that is assigned
 * @param topics what is wanted
 * @param fields of JSON messages; empty: the messages as they are
 * @param retry what follows a failure
 * @param gaps what follows when the stream no longer has a position
 * @param checkpointInterval the least time between two commits of a shard
 * @param handlerTimeout after which a handler is interrupted; zero: never
 * @param parallelism threads for each shard
 * @param dropDuplicates whether recognised duplicates are left out
 * @param windowBytes memory for the identities of a shard
 * @param batchMessages the most messages handed over at once
 * @param batchBytes the bytes at which a batch is handed over
 */
record ProcessingSettings(
    Function<Assignment, AssignedHandler> handlers,
    TopicSelection topics,
    List<String> fields,
    RetryPolicy retry,
    GapPolicy gaps,
    Duration checkpointInterval,
    Duration handlerTimeout,
    int parallelism,
    boolean dropDuplicates,
    int windowBytes,
    int batchMessages,
    int batchBytes) {}
