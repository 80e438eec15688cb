package io.scribbler.firehose;

import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * The line on a terminal that says how far reading is. Counts by any thread; drawn and erased with
 * the output's lock held, so that it never stands in the middle of a message.
 */
final class Progress {
  private static final String ERASE = "\r\u001b[K";
  private static final long INTERVAL_NANOS = 500_000_000L;

  private final Console console;
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  // The rest is guarded by the output's lock.
  private boolean drawn;
  private long lastNanos = System.nanoTime();
  private long lastBytes;

  Progress(Console console) {
    this.console = console;
  }

  void count(long moreMessages, long moreBytes) {
    messages.add(moreMessages);
    bytes.add(moreBytes);
  }

  /** Draws the line anew if it is time, on a terminal only. */
  void tick(Output output, long millisBehind) {
    if (!console.errIsTerminal()) {
      return;
    }
    output.lock();
    try {
      long now = System.nanoTime();
      if (now - lastNanos >= INTERVAL_NANOS) {
        long total = bytes.sum();
        double rate = (total - lastBytes) * 1e3 / (now - lastNanos);
        lastNanos = now;
        lastBytes = total;
        draw(rate, millisBehind);
      }
    } finally {
      output.unlock();
    }
  }

  private void draw(double megabytesPerSecond, long millisBehind) {
    String behind =
        millisBehind < 0
            ? "waiting for the stream"
            : String.format(Locale.ROOT, "%.1f s behind", millisBehind / 1e3);
    console
        .err()
        .print(
            ERASE
                + String.format(
                    Locale.ROOT,
                    "%,d messages  %.1f MB/s  %s",
                    messages.sum(),
                    megabytesPerSecond,
                    behind));
    console.err().flush();
    drawn = true;
  }

  /** Takes the line away before something is written on the same terminal. */
  void beforeWrite() {
    if (drawn && console.outIsTerminal()) {
      erase();
    }
  }

  /** Takes the line away. */
  void erase() {
    if (drawn) {
      console.err().print(ERASE);
      console.err().flush();
      drawn = false;
    }
  }
}
