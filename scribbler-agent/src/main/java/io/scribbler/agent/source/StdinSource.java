package io.scribbler.agent.source;

import io.scribbler.agent.batch.Intake;
import io.scribbler.agent.batch.MemoryBudget;
import io.scribbler.agent.config.Framing;
import io.scribbler.agent.deadletter.DeadLetters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Standard input: one connection, read until it ends. */
public final class StdinSource implements Source {
  private static final int CHUNK = 256 * 1024;

  /** How long a read that the closing of its channel does not end is waited for. */
  private static final long STOP_READ_MILLIS = 200;

  private final ReadableByteChannel input;
  private final Pump pump;
  private final Tee tee;
  private final MemoryBudget memory;
  private final Consumer<String> ended;
  private final Consumer<String> trouble;
  private final Thread thread;
  private final AtomicLong emptyLines = new AtomicLong();
  private volatile boolean stopping;
  private volatile boolean givenUp;
  private volatile boolean open = true;
  private volatile boolean taking; // a chunk has been read and is not wholly taken

  /**
   * Reads from {@code input}.
   *
   * @param ended is called when the input has ended by itself and all is taken: with null, or with
   *     what went wrong; not called when stopped
   * @param trouble is told what goes wrong beside
   */
  public StdinSource(
      ReadableByteChannel input,
      Framing framing,
      int maxMessage,
      Intake intake,
      Tee tee,
      MemoryBudget memory,
      DeadLetters deadLetters,
      LongSupplier nanoClock,
      Consumer<String> ended,
      Consumer<String> trouble) {
    this.input = input;
    this.tee = tee;
    this.memory = memory;
    this.ended = ended;
    this.trouble = trouble;
    Framer framer =
        framing == Framing.LINES
            ? new LineFramer(memory, maxMessage, true)
            : new LengthFramer(memory, maxMessage);
    pump =
        new Pump(
            framer,
            intake,
            new Pump.Surroundings(
                memory, deadLetters, nanoClock, emptyLines, () -> givenUp, () -> {}));
    thread = new Thread(this::run, "source-stdin");
    thread.setDaemon(true); // a read that nothing interrupts must not keep the process
  }

  @Override
  public void start() {
    thread.start();
  }

  private void run() {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    String wrong = null;
    try {
      while (!stopping && read(chunk) >= 0) {
        taking = true;
        tee.write(chunk.duplicate());
        if (!pump.pour(chunk)) {
          return;
        }
        taking = false;
      }
      if (!stopping) {
        tee.close();
        if (!pump.end()) {
          return;
        }
        if (pump.framer().incomplete()) {
          wrong = "standard input ended inside a message";
        }
      }
    } catch (ClosedChannelException e) {
      return; // stopped in a read
    } catch (IOException e) {
      wrong = "standard input: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } finally {
      open = false;
      pump.framer().release();
    }
    if (!stopping) {
      ended.accept(wrong);
    }
  }

  private int read(ByteBuffer chunk) throws IOException, InterruptedException {
    while (!pump.framer().prepare(CHUNK)) {
      memory.awaitRelease(100);
      if (stopping) {
        return -1;
      }
    }
    chunk.clear();
    int read = input.read(chunk);
    chunk.flip();
    return read;
  }

  @Override
  public void stop() throws InterruptedException {
    stopping = true;
    try {
      input.close();
    } catch (IOException e) {
      trouble.accept("standard input: not closed: " + e.getMessage());
    }
    thread.join(STOP_READ_MILLIS);
    while (thread.isAlive() && !givenUp && taking) {
      thread.join(STOP_READ_MILLIS);
    }
  }

  /** Nobody can be told. */
  @Override
  public void acksAdvanced() {}

  @Override
  public void giveUp() {
    givenUp = true;
  }

  @Override
  public int connections() {
    return open ? 1 : 0;
  }

  @Override
  public long emptyLines() {
    return emptyLines.get();
  }

  /** Nothing is left to do after a stop. */
  @Override
  public void close() {}
}
