package io.scribbler.consumer.kcl;

import io.scribbler.consumer.engine.FetchShares;
import io.scribbler.consumer.reading.Backoff;
import io.scribbler.consumer.reading.ReadTrouble;
import io.scribbler.consumer.reading.ShardPosition;
import java.time.Duration;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.RequestDetails;
import software.amazon.kinesis.retrieval.RecordsDeliveryAck;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Brings one shard's records to KCL, in place of KCL's own publishers: those prefetch without a
 * common limit of bytes, take a missing stream for the end of a shard, and go on behind the stored
 * record, not at it, when an iterator expires before the first record came.
 *
 * <p>A thread of its own fetches, and is in KCL and the processor while they take what was fetched:
 * so there is one answer in memory at a time, reserved before it is asked for and released when it
 * was taken. One that is stuck there holds that answer, and by {@link FetchShares} nothing of what
 * is the other shards'.
 */
final class ShardFeed implements RecordsPublisher {
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
  private static final long LEAST_ESTIMATE = 1 << 20;
  private static final long MOST_ESTIMATE = PollingSource.MOST_BYTES;

  private final FeedOwner owner;
  private final ShardSource source;
  private final Backoff backoff = new Backoff();

  // Guarded by this.
  private ShardPosition place;
  private Thread thread;
  private Demand demand;
  private boolean closed;

  // Owned by the thread.
  private long reserved;
  private long estimate = MOST_ESTIMATE;
  private long lastDeliveryNanos;

  /** What a subscriber has asked for. */
  private final class Demand implements Subscription {
    private final Subscriber<? super RecordsRetrieved> subscriber;
    // Guarded by the feed.
    private long wanted;

    Demand(Subscriber<? super RecordsRetrieved> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
      synchronized (ShardFeed.this) {
        wanted += n;
        ShardFeed.this.notifyAll();
      }
    }

    @Override
    public void cancel() {
      synchronized (ShardFeed.this) {
        if (demand == this) {
          demand = null;
        }
      }
    }
  }

  ShardFeed(FeedOwner owner, ShardSource source) {
    this.owner = owner;
    this.source = source;
  }

  @Override
  public void start(
      ExtendedSequenceNumber stored, InitialPositionInStreamExtended initialPosition) {
    ShardPosition begin = owner.place(stored);
    synchronized (this) {
      place = begin;
    }
  }

  @Override
  public void restartFrom(RecordsRetrieved last) {
    if (!(last instanceof Delivery delivery)) {
      throw new IllegalArgumentException("not from this feed: " + last);
    }
    synchronized (this) {
      place = delivery.next();
    }
  }

  @Override
  public void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {
    Demand begun = new Demand(subscriber);
    synchronized (this) {
      demand = begun;
    }
    subscriber.onSubscribe(begun);
    synchronized (this) {
      if (thread == null && !closed) {
        thread = new Thread(this::run, "scribbler-feed-" + owner.shardId());
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  @Override
  public void notify(RecordsDeliveryAck ack) {
    // A delivery is done when its call returns.
  }

  @Override
  public RequestDetails getLastSuccessfulRequestDetails() {
    return new RequestDetails();
  }

  @Override
  public void shutdown() {
    close();
  }

  /** Brings nothing more, and leaves what waits. Any thread. */
  void close() {
    Thread running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = thread;
      notifyAll();
    }
    if (running != null && running != Thread.currentThread()) {
      running.interrupt();
    }
  }

  private void run() {
    lastDeliveryNanos = System.nanoTime();
    owner.memory().join();
    try {
      boolean more = true;
      while (more && awaitDemand()) {
        more = step();
      }
    } catch (InterruptedException e) {
      if (!isClosed()) {
        owner.failed(e);
      }
    } catch (Throwable e) {
      owner.failed(e);
    } finally {
      release();
      owner.memory().leave();
      source.reset();
    }
  }

  /** One fetch and its delivery; false when the shard has ended. */
  private boolean step() throws InterruptedException {
    if (!owner.hasRoom()) {
      pause(LOOK_AGAIN);
      signOfLife();
      return true;
    }
    reserve();
    long began = System.nanoTime();
    ShardPosition from = place();
    Fetched fetched;
    try {
      fetched = source.fetch(from, reserved);
      backoff.succeeded();
    } catch (SdkException e) {
      fetched = trouble(e, from);
    }
    if (fetched == null) {
      signOfLife();
      return true;
    }
    owner.memory().adjust(reserved, fetched.bytes());
    reserved = fetched.bytes();
    estimate = Math.min(MOST_ESTIMATE, Math.max(LEAST_ESTIMATE, 2 * reserved));
    boolean delivered = deliver(Delivery.of(fetched), from);
    release();
    if (delivered && fetched.ended()) {
      return false;
    }
    pause(source.interval(fetched).minusNanos(System.nanoTime() - began));
    return true;
  }

  /** What a failed fetch amounts to; null: it is tried again. */
  private Fetched trouble(SdkException e, ShardPosition from) throws InterruptedException {
    source.reset();
    if (isClosed()) {
      return null;
    }
    ReadTrouble trouble = ReadTrouble.of(e);
    if (trouble == ReadTrouble.EXPIRED_ITERATOR) {
      release();
      return null;
    }
    if (trouble == ReadTrouble.MISSING && owner.missing(e)) {
      return Fetched.gone(from);
    }
    owner.trouble(e);
    release();
    pause(Duration.ofNanos(backoff.failed()));
    return null;
  }

  /** Memory for the next answer, as large as the last one twice. */
  private void reserve() {
    if (reserved == 0) {
      reserved = owner.memory().reserve(estimate);
    }
  }

  private void release() {
    if (reserved > 0) {
      owner.memory().release(reserved);
      reserved = 0;
    }
  }

  private void signOfLife() {
    if (System.nanoTime() - lastDeliveryNanos >= SIGN_OF_LIFE.toNanos()) {
      ShardPosition at = place();
      deliver(Delivery.nothing(at), at);
    }
  }

  /**
   * Hands over what was fetched from a place, unless nobody wants it any more, or it is to go on
   * elsewhere; then it is fetched again.
   */
  private boolean deliver(Delivery delivery, ShardPosition from) {
    Subscriber<? super RecordsRetrieved> subscriber;
    synchronized (this) {
      if (closed || demand == null || demand.wanted < 1 || !from.equals(place)) {
        return false;
      }
      demand.wanted--;
      subscriber = demand.subscriber;
      place = delivery.next();
    }
    subscriber.onNext(delivery);
    lastDeliveryNanos = System.nanoTime();
    return true;
  }

  private synchronized boolean awaitDemand() throws InterruptedException {
    while (!closed && (demand == null || demand.wanted < 1 || place == null)) {
      wait();
    }
    return !closed;
  }

  private synchronized void pause(Duration time) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    long left = time.toNanos();
    while (!closed && left > 0) {
      wait(1 + left / 1_000_000);
      left = deadline - System.nanoTime();
    }
  }

  private synchronized ShardPosition place() {
    return place;
  }

  private synchronized boolean isClosed() {
    return closed;
  }
}
