/**
 * Reading the shards of a stream, without leases: {@link io.scribbler.consumer.StreamReader} finds
 * the shards, reads each in order, parents before children, and hands batches of records to a
 * {@link io.scribbler.consumer.RecordHandler}.
 */
package io.scribbler.consumer;
