/**
 * Reading the shards of a stream, without leases: {@link
 * io.scribbler.consumer.reading.StreamReader} finds the shards, reads each in order, parents before
 * children, and hands batches of records to a {@link io.scribbler.consumer.reading.RecordHandler}.
 * What the {@code firehose} tool and the engine of files read with; no part of the library's API.
 */
package io.scribbler.consumer.reading;
