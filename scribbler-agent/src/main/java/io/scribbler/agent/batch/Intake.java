package io.scribbler.agent.batch;

import java.nio.ByteBuffer;
import java.util.Arrays;
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
  private final long[] messages; // accepted since begin, by stream
  private final long[] bytes;
  private int nextStream; // the first that has not taken the current message
  private long nowMillis;
  private long nowNanos;
  private long total;

  Intake(Accumulator[] streams, String topic, KeyExtractor keys) {
    this.streams = streams;
    this.keys = keys;
    topics = new TopicBatches[streams.length];
    for (int i = 0; i < streams.length; i++) {
      topics[i] = streams[i].topic(topic);
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
      if (!streams[i].append(topics[i], source, position, length, key, nowMillis, nowNanos)) {
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
        topics[i].accepted(messages[i], bytes[i]);
        messages[i] = 0;
        bytes[i] = 0;
      }
      streams[i].lock.unlock();
    }
  }

  /**
   * Counts a message that no stream can carry as accepted and refused at once.
   *
   * @param stored whether it is in the dead-letter file
   */
  public void refused(String reason, long length, boolean stored) {
    for (TopicBatches topic : topics) {
      topic.refusedAtOnce(reason, 1, length, stored);
    }
    total++;
  }

  /** Messages taken so far, refused ones included: what a source may acknowledge. */
  public long total() {
    return total;
  }

  /** The names of the streams that its messages go to, separated by commas. */
  public String streams() {
    return Arrays.stream(streams).map(Accumulator::stream).collect(Collectors.joining(","));
  }

  /** The topic of its messages. */
  public String topic() {
    return topics[0].name();
  }
}
