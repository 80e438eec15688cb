package io.scribbler.agent.batch;

/**
 * Whose sequences messages have.
 *
 * @param producer a name, the host's by default
 * @param epoch one life of it
 */
public record Identity(String producer, long epoch) {}
