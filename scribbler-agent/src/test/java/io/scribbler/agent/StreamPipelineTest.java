package io.scribbler.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamPipelineTest {
  /** A sender may send the next request before the last one's thread is free. */
  @Test
  void requestIsNeverRejectedWhileThreadsAreNotFreeYet() throws InterruptedException {
    ExecutorService threads = StreamPipeline.requestThreads("s", 2);
    CountDownLatch free = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      threads.execute(
          () -> {
            try {
              free.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            done.countDown();
          });
    }
    free.countDown();
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    threads.shutdown();
  }
}
