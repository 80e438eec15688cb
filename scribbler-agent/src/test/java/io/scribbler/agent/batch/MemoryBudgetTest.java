package io.scribbler.agent.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MemoryBudgetTest {
  private final MemoryBudget memory = new MemoryBudget(800);

  @Test
  void noMoreThanTheLimitIsGivenAndAllComesBack() {
    assertThat(memory.tryReserve(800)).isTrue();
    assertThat(memory.tryReserve(1)).isFalse();
    memory.release(1);
    assertThat(memory.tryReserve(1)).isTrue();
    memory.exchange(700, 100);
    assertThat(memory.used()).isEqualTo(200);
    memory.release(200);
    assertThat(memory.used()).isZero();
  }

  @Test
  void unfinishedMessagesGetThreeEighths() {
    assertThat(memory.tryReservePartial(300)).isTrue();
    assertThat(memory.tryReservePartial(1)).isFalse();
    assertThat(memory.used()).isEqualTo(300);
    memory.forcePartial(100);
    memory.releasePartial(101);
    assertThat(memory.tryReservePartial(1)).isTrue();
    memory.releasePartial(300);
    assertThat(memory.used()).isZero();
  }

  @Test
  void limitHoldsWhenManyTakeAtOnce() throws InterruptedException {
    AtomicLong most = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 20_000; i++) {
                  if (memory.tryReserve(300)) {
                    most.accumulateAndGet(memory.used(), Math::max);
                    memory.release(300);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(most.get()).isBetween(300L, 800L);
    assertThat(memory.used()).isZero();
  }

  @Test
  void whoWaitsIsWokenByARelease() throws InterruptedException {
    assertThat(memory.tryReserve(800)).isTrue();
    Thread waiter = waiter(60_000);
    await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    memory.release(1);
    waiter.join();
  }

  /** What can't be taken for another reason than memory must not be asked for in a busy loop. */
  @Test
  void whoWaitsWhileNothingIsUsedWaitsOutItsTime() throws InterruptedException {
    Thread waiter = waiter(300);
    long start = System.nanoTime();
    waiter.join();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
  }

  @Test
  void itIsShortWhileTheLastWhoAskedGotNoneAndMuchIsTaken() {
    assertThat(memory.isShort()).isFalse();
    assertThat(memory.tryReserve(790)).isTrue();
    assertThat(memory.isShort()).isFalse();
    assertThat(memory.tryReserve(300)).isFalse();
    assertThat(memory.isShort()).isTrue();
    assertThat(memory.tryReserve(1)).isTrue();
    assertThat(memory.isShort()).isFalse();
    assertThat(memory.tryReserve(300)).isFalse();
    memory.release(500); // and nobody asks any more
    assertThat(memory.isShort()).isFalse();
  }

  private Thread waiter(long millis) {
    Thread waiter =
        new Thread(
            () -> {
              try {
                memory.awaitRelease(millis);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    waiter.start();
    return waiter;
  }
}
