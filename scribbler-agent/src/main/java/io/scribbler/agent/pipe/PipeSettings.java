package io.scribbler.agent.pipe;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a pipe to the daemon is told.
 *
 * @param topic the socket's own when empty
 * @param framing of standard input
 * @param acks memory, disk or stream
 * @param key of all messages; none when empty
 * @param producer the name under which messages are sent
 * @param drop whether the newest messages are dropped when the buffer is full
 * @param timeout for how long a full buffer, or one that nothing is acknowledged of, is borne
 * @param buffer bytes of messages that may wait for their acknowledgements
 * @param longestWhole the longest message that any daemon takes, in bytes
 */
public record PipeSettings(
    Path socket,
    Optional<String> topic,
    Framing framing,
    Acks acks,
    Optional<String> key,
    String producer,
    boolean drop,
    Optional<Duration> timeout,
    int buffer,
    int longestWhole) {
  /** What no daemon's max-message is above. */
  public static final int LONGEST_MESSAGE = 10 << 20;

  /** The first line of a connection. */
  String hello(long epoch, long from) {
    return "SCRIBBLER/1 framing=length acks="
        + acks.name().toLowerCase(java.util.Locale.ROOT)
        + topic.map(t -> " topic=" + t).orElse("")
        + key.map(k -> " key=" + k).orElse("")
        + " producer="
        + producer
        + " epoch="
        + epoch
        + " from="
        + from
        + "\n";
  }
}
