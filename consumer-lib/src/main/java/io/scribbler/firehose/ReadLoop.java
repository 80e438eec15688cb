package io.scribbler.firehose;

import io.scribbler.consumer.reading.StreamReader;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits while a reader reads: until it ends, was idle for long enough, enough was read, or the
 * process is told to end. Ctrl-C and SIGTERM end it in order: batches at hand are written, then the
 * process exits with its own code rather than the signal's.
 */
final class ReadLoop {
  private static final Logger log = LoggerFactory.getLogger(ReadLoop.class);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final long STOP_SECONDS = 10;

  /** What is done at the end. */
  @FunctionalInterface
  interface Finish {
    /** Returns the exit code. */
    int run() throws IOException;
  }

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile int exitCode = Firehose.FAILURE;

  /**
   * Reads to the end.
   *
   * @param untilIdle how long nothing came before it ends; null: never for that reason
   * @param enough whether nothing more is wanted
   * @param tick called many times a second
   * @param finish called when nothing is read any more; gives the exit code
   */
  int run(
      StreamReader reader, Duration untilIdle, BooleanSupplier enough, Runnable tick, Finish finish)
      throws InterruptedException, IOException {
    Thread hook = new Thread(this::endProcess, "end");
    Runtime.getRuntime().addShutdownHook(hook);
    try (reader) {
      while (!reader.awaitEnd(TICK) && stop.getCount() > 0 && !enough.getAsBoolean()) {
        if (untilIdle != null && reader.idleFor(untilIdle)) {
          break;
        }
        tick.run();
      }
      reader.close();
      exitCode = finish.run();
      return exitCode;
    } finally {
      finished.countDown();
      if (stop.getCount() > 0) {
        remove(hook);
      }
    }
  }

  private void endProcess() {
    stop.countDown();
    try {
      if (!finished.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        log.warn("ended before all was written: it took more than {} s", STOP_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode);
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      log.debug("told to end at the end");
    }
  }
}
