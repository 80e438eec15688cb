/**
 * The embedded stream: enough of the Kinesis API for the real clients, for development, tests and
 * benchmarks.
 *
 * <p>One event loop thread owns every connection and all state, so nothing here is locked. A
 * connection's bytes go through ProtocolSniffer (HTTP/1.1 or 2) to RequestReader, which reads a
 * request whole; Service applies it by way of Api and one of StreamApi, ShardApi, PutApi, ReadApi
 * and ConsumerApi. Streams holds each Stream, a Stream its Shards, a Shard its ShardLog, and a
 * ShardLog its Segments, in memory or in files by the Storage.
 */
package io.scribbler.local;
