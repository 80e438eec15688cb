package io.scribbler.local;

import java.util.concurrent.atomic.LongAdder;

/** What an embedded stream has seen since it started. Safe to read from any thread. */
public final class Counters {
  private final LongAdder connections = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder refusedRequests = new LongAdder();
  private final LongAdder droppedConnections = new LongAdder();
  private final LongAdder acceptedRecords = new LongAdder();
  private final LongAdder acceptedBytes = new LongAdder();
  private final LongAdder failedRecords = new LongAdder();
  private final LongAdder throttledRecords = new LongAdder();
  private final LongAdder readRecords = new LongAdder();

  Counters() {}

  /** Connections opened. */
  public long connections() {
    return connections.sum();
  }

  /** Requests whose body was read. */
  public long requests() {
    return requests.sum();
  }

  /** PutRecord and PutRecords requests whose body was read. */
  public long puts() {
    return puts.sum();
  }

  /** Requests answered with an error. */
  public long refusedRequests() {
    return refusedRequests.sum();
  }

  /** Connections closed by a fault. */
  public long droppedConnections() {
    return droppedConnections.sum();
  }

  /** Records stored. */
  public long acceptedRecords() {
    return acceptedRecords.sum();
  }

  /** Bytes of data and partition keys of the records stored. */
  public long acceptedBytes() {
    return acceptedBytes.sum();
  }

  /** Records refused by a fault with an InternalFailure. */
  public long failedRecords() {
    return failedRecords.sum();
  }

  /** Records refused as too many for their shard, by its rate or by a fault. */
  public long throttledRecords() {
    return throttledRecords.sum();
  }

  /** Records handed out, to subscribers too. */
  public long readRecords() {
    return readRecords.sum();
  }

  /** All of them, a line each. */
  String text() {
    return "connections "
        + connections()
        + "\nrequests "
        + requests()
        + "\nputs "
        + puts()
        + "\nrefused_requests "
        + refusedRequests()
        + "\ndropped_connections "
        + droppedConnections()
        + "\naccepted_records "
        + acceptedRecords()
        + "\naccepted_bytes "
        + acceptedBytes()
        + "\nfailed_records "
        + failedRecords()
        + "\nthrottled_records "
        + throttledRecords()
        + "\nread_records "
        + readRecords()
        + "\n";
  }

  void connected() {
    connections.increment();
  }

  void request(boolean put) {
    requests.increment();
    if (put) {
      puts.increment();
    }
  }

  void refusedRequest() {
    refusedRequests.increment();
  }

  void droppedConnection() {
    droppedConnections.increment();
  }

  void accepted(long bytes) {
    acceptedRecords.increment();
    acceptedBytes.add(bytes);
  }

  void failedRecord() {
    failedRecords.increment();
  }

  void throttledRecord() {
    throttledRecords.increment();
  }

  void read(long records) {
    readRecords.add(records);
  }
}
