package io.scribbler.consumer.reading;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what is wrong with reading, each kind at once and then once a minute. */
public final class TroubleLog {
  private static final Logger log = LoggerFactory.getLogger(TroubleLog.class);
  private static final long AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final String stream;
  private final LongSupplier nanoClock;
  private final Map<ReadTrouble, Long> saidAt = new EnumMap<>(ReadTrouble.class);

  /** For one stream; the clock counts nanoseconds. */
  public TroubleLog(String stream, LongSupplier nanoClock) {
    this.stream = stream;
    this.nanoClock = nanoClock;
  }

  /** Says it, unless that was done within a minute. */
  public void say(ReadTrouble trouble, SdkException e) {
    if (due(trouble)) {
      log.warn("stream {}: {}; trying on ({})", stream, trouble.advice(), ReadTrouble.oneLine(e));
    }
  }

  private synchronized boolean due(ReadTrouble trouble) {
    long now = nanoClock.getAsLong();
    Long last = saidAt.get(trouble);
    if (last != null && now - last < AGAIN_NANOS) {
      return false;
    }
    saidAt.put(trouble, now);
    return true;
  }
}
