package io.scribbler.consumer;

import java.util.concurrent.atomic.LongAdder;

/** What is counted of the shards of one stream and of their handlers. Any thread. */
final class ShardCounters {
  /** Messages that the handler has done. */
  final LongAdder messages = new LongAdder();

  /** Bytes of those messages. */
  final LongAdder bytes = new LongAdder();

  /** Messages whose identity was seen lately. */
  final LongAdder duplicates = new LongAdder();

  /** Messages that carry no identity, so that a duplicate can't be told. */
  final LongAdder unidentified = new LongAdder();

  /** Calls of the handler that failed. */
  final LongAdder failures = new LongAdder();

  /** Messages and records that went to the dead letters. */
  final LongAdder parked = new LongAdder();

  /** Records that could not be read, whole or in part. */
  final LongAdder unreadable = new LongAdder();

  /** Positions that the stream no longer had. */
  final LongAdder gaps = new LongAdder();

  /** Messages that are no JSON object and were handed over whole. */
  final LongAdder unprojected = new LongAdder();

  /** Nanoseconds that the handler was busy. */
  final LongAdder handlerNanos = new LongAdder();

  /** Calls of the handler. */
  final LongAdder calls = new LongAdder();
}
