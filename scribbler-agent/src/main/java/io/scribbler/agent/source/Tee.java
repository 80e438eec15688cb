package io.scribbler.agent.source;

import io.scribbler.agent.config.TeeConfig;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Writes the raw input through, as it comes, to standard output, to a file, or to both. What goes
 * wrong there never stops delivery: it is counted and told to {@code trouble}, and the output goes
 * on at the next beginning of a line. An output that is merely slow slows the source, as with
 * tee(1). One thread writes, and must not be interrupted while it does, since that would close the
 * output; {@link #reopen} and {@link #failures} may be called from any.
 */
public final class Tee implements AutoCloseable {
  private final List<LineSink> sinks = new ArrayList<>();

  /**
   * A tee as configured.
   *
   * @param nanoTime the clock, as {@link System#nanoTime}
   * @param trouble is told of each failure in one line; it limits how often that is logged
   */
  public Tee(TeeConfig config, LongSupplier nanoTime, Consumer<String> trouble) {
    if (config.stdout()) {
      FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
      sinks.add(new LineSink(new Fixed("standard output", stdout.getChannel()), trouble));
    }
    config
        .file()
        .ifPresent(path -> sinks.add(new LineSink(new RotatedFile(path, nanoTime), trouble)));
  }

  /** Whether there is nothing to write to. */
  public boolean isEmpty() {
    return sinks.isEmpty();
  }

  /** Writes a chunk of the input, from position to limit, which stay as they are. */
  public void write(ByteBuffer chunk) {
    for (LineSink sink : sinks) {
      sink.write(chunk.duplicate());
    }
  }

  /** Opens the file anew at the next beginning of a line, as after a rotation of logs. */
  public void reopen() {
    sinks.forEach(LineSink::reopen);
  }

  /** How many chunks were not, or not wholly, written. */
  public long failures() {
    return sinks.stream().mapToLong(LineSink::failures).sum();
  }

  /** Closes the file; standard output stays open, as it is the process's. */
  @Override
  public void close() {
    sinks.forEach(LineSink::close);
  }

  /** An output that stays the same. */
  record Fixed(String name, WritableByteChannel channel) implements LineSink.Target {
    @Override
    public boolean stale() {
      return false;
    }

    @Override
    public void renew() {}

    @Override
    public void reopen() {}

    @Override
    public void close() {}

    @Override
    public String toString() {
      return name;
    }
  }
}
