package io.scribbler.agent.batch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Compresses sealed batches on threads of its own, off the sources' and the senders'. Bounded by
 * the memory budget, from which all that is queued here was taken.
 */
public final class Encoder implements AutoCloseable {
  /** What to encode; nothing, to stop. */
  private record Task(Accumulator from, SealedBatch batch) {
    boolean stop() {
      return batch == null;
    }
  }

  private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private final List<Thread> threads;

  /** Starts {@code count} threads. */
  public Encoder(int count) {
    threads =
        java.util.stream.IntStream.range(0, count)
            .mapToObj(i -> new Thread(this::run, "encoder-" + i))
            .toList();
    threads.forEach(Thread::start);
  }

  void submit(Accumulator from, SealedBatch batch) {
    tasks.add(new Task(from, batch));
  }

  private void run() {
    Map<BatchSettings, BlockCodec> codecs = new HashMap<>();
    try {
      Task task = tasks.take();
      while (!task.stop()) {
        encode(codecs.computeIfAbsent(task.from.settings(), BlockCodec::new), task);
        task = tasks.take();
      }
      tasks.add(task); // for the next thread
    } catch (InterruptedException e) {
      throw new IllegalStateException("encoders are stopped by close", e);
    } finally {
      codecs.values().forEach(BlockCodec::close);
    }
  }

  private static void encode(BlockCodec codec, Task task) {
    BatchBody body = task.batch.body();
    List<EncodedBlock> blocks = codec.encode(task.batch);
    long taken = 0;
    for (EncodedBlock block : blocks) {
      taken += block.summary().heldBytes();
    }
    task.from.memory().exchange(body.capacity(), taken);
    task.from.recycle(body);
    task.batch.complete(blocks);
    task.from.wakeSender();
  }

  /** Stops the threads once all that is queued has been encoded. */
  @Override
  public void close() {
    tasks.add(new Task(null, null));
  }
}
