package io.scribbler.agent.log;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Says a thing at once, then at most once in an interval, with how often it came in between. Things
 * are told apart by a subject, "stream missing" for example, so that their texts may vary. Bounded:
 * of more than {@value #MAX_SUBJECTS} subjects the oldest is forgotten. Thread-safe.
 */
public final class RateLimitedLog {
  static final int MAX_SUBJECTS = 100;

  private final Logger log;
  private final long intervalNanos;
  private final LongSupplier nanoTime;
  // Guarded by this.
  private final Map<String, Subject> subjects =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Subject> eldest) {
          return size() > MAX_SUBJECTS;
        }
      };

  /** Once a minute, by the system's clock. */
  public RateLimitedLog(Logger log) {
    this(log, Duration.ofMinutes(1), System::nanoTime);
  }

  public RateLimitedLog(Logger log, Duration interval, LongSupplier nanoTime) {
    this.log = log;
    this.intervalNanos = interval.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Says it as a warning, unless the subject was said within the interval. */
  public void warn(String subject, String message) {
    say(Level.WARN, subject, message);
  }

  /** Says it as an error, unless the subject was said within the interval. */
  public void error(String subject, String message) {
    say(Level.ERROR, subject, message);
  }

  /**
   * The trouble is over: says so, if the subject was ever said, and says it at once when it comes
   * back.
   */
  public void over(String subject, String message) {
    Subject known;
    synchronized (this) {
      known = subjects.remove(subject);
    }
    if (known != null) {
      log.info("{}", message);
    }
  }

  private void say(Level level, String subject, String message) {
    long now = nanoTime.getAsLong();
    String line;
    synchronized (this) {
      Subject known = subjects.get(subject);
      if (known != null && now - known.said < intervalNanos) {
        known.unsaid++;
        return;
      }
      line = known == null ? message : known.since(message, now);
      subjects.put(subject, new Subject(now));
    }
    log.atLevel(level).log(line);
  }

  private static final class Subject {
    private final long said;
    private long unsaid;

    Subject(long said) {
      this.said = said;
    }

    String since(String message, long now) {
      return unsaid == 0
          ? message
          : message
              + " ("
              + unsaid
              + " more in the last "
              + TimeUnit.NANOSECONDS.toSeconds(now - said)
              + " s)";
    }
  }
}
