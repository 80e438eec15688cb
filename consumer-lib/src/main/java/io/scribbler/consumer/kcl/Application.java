package io.scribbler.consumer.kcl;

import io.scribbler.consumer.StartPosition;

/**
 * What an application's processes share on one stream.
 *
 * @param stream the ARN of the stream that the table is for
 * @param start where the application started: the oldest record, or a time
 * @param paused whether nothing is to be handled
 */
record Application(String stream, StartPosition start, boolean paused) {}
