package io.scribbler.agent.batch;

/**
 * What is known of messages of one topic once they are bytes.
 *
 * @param firstSequence of {@code count} messages in a row
 * @param dataBytes bytes of the messages themselves
 * @param openedNanos when the oldest was accepted
 */
public record BlockSummary(
    TopicBatches topic, long firstSequence, int count, long dataBytes, long openedNanos) {}
