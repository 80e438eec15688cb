package io.scribbler.firehose;

/**
 * How messages are printed.
 *
 * @param topics which
 * @param json a JSON line each, or else the bytes and a newline
 * @param hex data as hexadecimal digits
 * @param stream the stream's name, for JSON
 * @param topicName the topic of messages whose format has none
 */
record TailFormat(TopicFilter topics, boolean json, boolean hex, String stream, String topicName) {}
