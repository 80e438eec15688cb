package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One source's way in: messages of one topic, copied into the batches of every stream that takes
 * the topic. One thread's. Between {@link #begin} and {@link #end}, which go around all the
 * messages of one chunk, it holds the streams' locks; it must not wait for anything there.
 */
public final class Intake {
  private final Accumulator[] streams;
  private final TopicBatches[] topics; // by stream
  private final KeyExtractor keys;
  private final Acks acks;
  private final boolean client; // the sequences are a client's
  private final long[] messages; // accepted since begin, by stream
  private final long[] bytes;
  private int nextStream; // the first that has not taken the current message
  private long nowMillis;
  private long nowNanos;
  private long total;

  /**
   * @param acks how safe messages must be to be acknowledged
   * @param identity whose sequences they have; null for the agent's own
   */
  Intake(Accumulator[] streams, String topic, KeyExtractor keys, Acks acks, Identity identity) {
    this.streams = streams;
    this.keys = keys;
    this.acks = acks;
    client = identity != null;
    topics = new TopicBatches[streams.length];
    for (int i = 0; i < streams.length; i++) {
      topics[i] = client ? streams[i].enter(topic, identity) : streams[i].topic(topic);
    }
    messages = new long[streams.length];
    bytes = new long[streams.length];
  }

  /** Starts a chunk whose messages were read at this time. */
  public void begin(long chunkMillis, long chunkNanos) {
    nowMillis = chunkMillis;
    nowNanos = chunkNanos;
    for (Accumulator stream : streams) {
      stream.lock.lock();
    }
  }

  /**
   * Takes one message.
   *
   * @return false if the memory budget is used up: {@link #end}, wait, and offer the same message
   *     again
   */
  public boolean offer(ByteBuffer source, int position, int length) {
    byte[] key = keys.keyOf(source, position, length);
    while (nextStream < streams.length) {
      int i = nextStream;
      if (!streams[i].append(topics[i], source, position, length, key, acks, nowMillis, nowNanos)) {
        return false;
      }
      messages[i]++;
      bytes[i] += length;
      nextStream++;
    }
    nextStream = 0;
    total++;
    return true;
  }

  /** Counts what was accepted since {@link #begin}, and lets go of the streams. */
  public void end() {
    for (int i = streams.length - 1; i >= 0; i--) {
      if (messages[i] > 0) {
        topics[i].account.accepted(messages[i], bytes[i]);
        messages[i] = 0;
        bytes[i] = 0;
      }
      streams[i].lock.unlock();
    }
  }

  /**
   * Takes a message that no stream can carry, which is held until its refusal is told where it is.
   * With a client's identity it has its sequence all the same, since the client counts it too.
   * Between {@link #begin} and {@link #end}.
   *
   * @param length its bytes
   */
  public Refusal refuse(long length) {
    long sequence = client ? topics[0].next() : 0;
    List<Refusal.Part> parts = new ArrayList<>(streams.length);
    for (int i = 0; i < streams.length; i++) {
      streams[i].refusals().take(topics[i].account, length);
      BatchAck ack = topics[i].acks.open();
      ack.want(acks);
      ack.sealed();
      parts.add(new Refusal.Part(streams[i].refusals(), topics[i].account, ack));
      if (client) {
        streams[i].resume(topics[i], topics[i].next() + 1);
      }
    }
    total++;
    return new Refusal(
        client ? Optional.of(topics[0].identity) : Optional.empty(), sequence, length, parts);
  }

  /** Messages taken so far, refused ones included: what a source may acknowledge. */
  public long total() {
    return total;
  }

  /**
   * Goes on with a client's sequences: its next message has this one.
   *
   * @return how many of its next messages are held already and under way, as safe as asked for in
   *     the end: they are not to be offered again
   */
  public long resume(long sequence) {
    for (Accumulator stream : streams) {
      stream.lock.lock();
    }
    try {
      long held = Long.MAX_VALUE;
      for (TopicBatches topic : topics) {
        held = Math.min(held, topic.held(sequence, acks));
      }
      long next = Math.max(held, sequence);
      for (int i = 0; i < streams.length; i++) {
        topics[i].runStart = topics[i].next() == next ? topics[i].runStart : next;
        streams[i].resume(topics[i], next);
        topics[i].acknowledgeAt(acks);
      }
      return next - sequence;
    } finally {
      for (int i = streams.length - 1; i >= 0; i--) {
        streams[i].lock.unlock();
      }
    }
  }

  /**
   * The next message has this sequence, whatever came before: for a client's messages that are sent
   * again. What is open is sealed. Not between {@link #begin} and {@link #end}.
   */
  public void seek(long sequence) {
    for (int i = 0; i < streams.length; i++) {
      streams[i].lock.lock();
      try {
        streams[i].seek(topics[i], sequence);
      } finally {
        streams[i].lock.unlock();
      }
    }
  }

  /** Its source is gone. Called once, at the end. */
  public void leave() {
    if (client) {
      for (int i = 0; i < streams.length; i++) {
        streams[i].leave(topics[i]);
      }
    }
  }

  /** How safe messages must be to be acknowledged. */
  public Acks acks() {
    return acks;
  }

  /**
   * What has to be safe before all messages taken so far are: the number of the last batch opened,
   * by stream. Asked after {@link #end}.
   */
  public void mark(long[] numbers) {
    for (int i = 0; i < topics.length; i++) {
      numbers[i] = topics[i].acks.opened();
    }
  }

  /** Whether all that a {@link #mark} covers is as safe as asked for. */
  public boolean safe(long[] numbers) {
    for (int i = 0; i < topics.length; i++) {
      if (topics[i].acks.safe(acks) < numbers[i]) {
        return false;
      }
    }
    return true;
  }

  /** How many streams its messages go to: the length of a {@link #mark}. */
  public int width() {
    return streams.length;
  }

  /** The names of the streams that its messages go to, separated by commas. */
  public String streams() {
    return Arrays.stream(streams).map(Accumulator::stream).collect(Collectors.joining(","));
  }

  /** The topic of its messages. */
  public String topic() {
    return topics[0].account.name();
  }
}
