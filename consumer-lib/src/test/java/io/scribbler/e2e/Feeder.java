package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** An app that writes numbered log lines into a pipe, as fast as the pipe takes them. */
final class Feeder implements AutoCloseable {
  private final List<String> lines = AccessLog.lines();
  private final OutputStream out;
  private final CompletableFuture<Integer> written = new CompletableFuture<>();
  private final Thread thread = new Thread(this::run, "feeder");
  private volatile boolean stopping;

  /** Takes the stream over. */
  Feeder(OutputStream out) {
    this.out = new BufferedOutputStream(out, 1 << 16);
  }

  static Feeder start(Program pipe) {
    Feeder feeder = new Feeder(pipe.input());
    feeder.thread.start();
    return feeder;
  }

  private void run() {
    int count = 0;
    try (out) {
      while (!stopping) {
        out.write((line(count) + "\n").getBytes(ISO_8859_1));
        count++;
      }
    } catch (IOException e) {
      written.completeExceptionally(e);
      return;
    }
    written.complete(count);
  }

  private String line(int number) {
    return number + " " + lines.get(number % lines.size());
  }

  /** Ends the input; returns all lines that were written. */
  List<String> stop() throws InterruptedException, ExecutionException {
    stopping = true;
    int count = written.get();
    List<String> all = new ArrayList<>(count);
    for (int number = 0; number < count; number++) {
      all.add(line(number));
    }
    return all;
  }

  @Override
  public void close() {
    stopping = true;
  }
}
