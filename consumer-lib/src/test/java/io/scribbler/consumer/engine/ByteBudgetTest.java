package io.scribbler.consumer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ByteBudgetTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ByteBudget budget = new ByteBudget(1000);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private Future<Boolean> reserve(long bytes, AtomicBoolean giveUp) {
    return threads.submit(() -> budget.reserve(bytes, giveUp::get));
  }

  /** Once a request waits, not even a byte is to be had without waiting. */
  private void awaitWaiting() {
    await()
        .until(
            () -> {
              boolean taken = budget.tryReserve(1);
              if (taken) {
                budget.release(1);
              }
              return !taken;
            });
  }

  @Test
  void oneRequestOfAnySizePassesWhenNothingIsTaken() {
    assertThat(budget.tryReserve(5000)).isTrue();
    assertThat(budget.tryReserve(1)).isFalse();
    budget.release(5000);
    assertThat(budget.tryReserve(1)).isTrue();
  }

  @Test
  void aLargeRequestIsNotPassedForEverBySmallOnes() throws Exception {
    assertThat(budget.tryReserve(80)).isTrue();
    Future<Boolean> large = reserve(1200, new AtomicBoolean());
    awaitWaiting();
    // There is room for it, and it would have to wait all the same.
    assertThat(budget.reserve(80, () -> true)).isFalse();
    Future<Boolean> small = reserve(80, new AtomicBoolean());
    budget.release(80);
    assertThat(large.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(budget.used()).as("it passed alone").isEqualTo(1200);
    assertThat(small.isDone()).isFalse();
    budget.release(1200);
    assertThat(small.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoeverGivesUpIsInNobodysWay() throws Exception {
    assertThat(budget.tryReserve(100)).isTrue();
    AtomicBoolean giveUp = new AtomicBoolean();
    Future<Boolean> large = reserve(2000, giveUp);
    awaitWaiting();
    giveUp.set(true);
    assertThat(large.get()).isFalse();
    assertThat(budget.tryReserve(900)).isTrue();
  }

  @Test
  void bytesThatAreNeverGivenBackDontStopALargeRequestAndWhatComesAfterIt() throws Exception {
    assertThat(budget.tryReserve(100)).isTrue(); // and never given back
    AtomicBoolean never = new AtomicBoolean();
    Future<Boolean> large = reserve(950, never);
    assertThat(large.get(20, TimeUnit.SECONDS)).isTrue();
    Future<Boolean> second = reserve(950, never);
    awaitWaiting();
    await()
        .during(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(10))
        .until(() -> budget.used() == 1050); // one request beyond the limit, not two
    budget.release(950);
    assertThat(second.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoeverWaitsIsLetThroughWhenTheBudgetIsClosed() throws Exception {
    assertThat(budget.tryReserve(1000)).isTrue();
    Future<Boolean> waiting = reserve(10, new AtomicBoolean());
    awaitWaiting();
    budget.close();
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aSmallerMostLeavesTheRestForOthers() {
    assertThat(budget.tryReserve(400, 500)).isTrue();
    assertThat(budget.tryReserve(200, 500)).isFalse();
    assertThat(budget.tryReserve(200)).isTrue();
  }
}
