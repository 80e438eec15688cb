/**
 * Reading the shards of a stream, without leases: {@link
 * io.scribbler.consumer.reading.StreamReader} finds the shards, reads each in order, parents before
 * children, and hands batches of records to a {@link io.scribbler.consumer.reading.RecordHandler}.
 */
package io.scribbler.consumer;
