/** The {@code firehose} tool: looks into a stream, and takes saved records apart. */
package io.scribbler.firehose;
