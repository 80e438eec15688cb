package io.scribbler.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Ledger ledger = new Ledger();

  @Test
  void termsAreCountedWhereTheyHappenAndBalance() {
    ledger.registerInMemory("s", tally -> tally.add("t", 3, 30));
    ledger.stream("s").registerOnDisk(tally -> tally.add("t", 4, 40));
    Ledger.Topic topic = ledger.stream("s").topic("t");
    topic.accepted(20, 200);
    topic.found(3, 30);
    topic.recovered(5, 50);
    topic.delivered(10, 100);
    topic.spooled(6, 60);
    topic.deadLettered("too-long", 1, 10);
    topic.deadLettered("refused", 2, 20);
    topic.dropped("full", 3, 30);

    Snapshot snapshot = ledger.snapshot();

    assertThat(snapshot.imbalances()).isEmpty();
    Counts counts = snapshot.topic("s", "t");
    assertThat(counts.inMemory()).isEqualTo(new Amount(3, 30));
    assertThat(counts.deadLettered())
        .containsEntry("too-long", new Amount(1, 10))
        .containsEntry("refused", new Amount(2, 20));
    assertThat(snapshot.total().in()).isEqualTo(new Amount(25, 250));
  }

  @Test
  void aLostADoubledAndAStrayMessageAreFound() {
    Ledger.Stream stream = ledger.stream("s");
    stream.topic("lost").accepted(2, 20);
    stream.topic("lost").delivered(1, 10);
    stream.topic("doubled").accepted(1, 10);
    stream.topic("doubled").delivered(2, 20);
    stream.topic("bytes").accepted(1, 10);
    stream.topic("bytes").delivered(1, 11);
    stream.topic("fine").accepted(1, 10);
    stream.topic("fine").delivered(1, 10);
    stream.registerInMemory(tally -> tally.add("stray", 1, 1));

    assertThat(ledger.snapshot().imbalances())
        .hasSize(4)
        .allMatch(line -> line.matches("s/(lost|doubled|bytes|stray): .*"));
  }

  /** Moves from the source to memory, and from memory to Kinesis, while snapshots are taken. */
  @Test
  void everySnapshotBalancesWhileMessagesMove() throws InterruptedException {
    Ledger.Stream stream = ledger.stream("s");
    Ledger.Topic topic = stream.topic("t");
    long[] held = {0};
    stream.registerInMemory(tally -> tally.add("t", held[0], held[0] * 7));
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch moving = new CountDownLatch(2);
    Runnable accept =
        () -> {
          held[0]++;
          topic.accepted(1, 7);
        };
    Runnable deliver =
        () -> {
          if (held[0] > 0) {
            held[0]--;
            topic.delivered(1, 7);
          }
        };
    Thread source = new Thread(() -> move(stream, accept, stop, moving));
    Thread sender = new Thread(() -> move(stream, deliver, stop, moving));
    source.start();
    sender.start();
    moving.await();
    try {
      for (int i = 0; i < 2000; i++) {
        assertThat(ledger.snapshot().imbalances()).isEmpty();
      }
    } finally {
      stop.set(true);
      source.join();
      sender.join();
    }
    assertThat(ledger.snapshot().topic("s", "t").accepted().messages()).isPositive();
  }

  @Test
  void topicsAreBoundedAndNothingIsForgotten() {
    Ledger.Stream stream = ledger.stream("s");
    int topics = Ledger.MAX_TOPICS + 10;
    for (int i = 0; i < topics; i++) {
      stream.topic("t" + i).accepted(1, 1);
    }
    stream.registerInMemory(
        tally -> {
          for (int i = 0; i < topics; i++) {
            tally.add("t" + i, 1, 1);
          }
        });

    Snapshot snapshot = ledger.snapshot();

    assertThat(snapshot.streams().get("s")).hasSize(Ledger.MAX_TOPICS + 1);
    assertThat(snapshot.topic("s", Ledger.OTHER).accepted()).isEqualTo(new Amount(10, 10));
    assertThat(snapshot.total().accepted().messages()).isEqualTo(topics);
    assertThat(snapshot.imbalances()).isEmpty();
  }

  private static void move(
      Ledger.Stream stream, Runnable step, AtomicBoolean stop, CountDownLatch moving) {
    stream.atomically(step);
    moving.countDown();
    while (!stop.get()) {
      stream.atomically(step);
    }
  }
}
