package io.scribbler.consumer.kcl;

import io.scribbler.consumer.reading.ShardPosition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponse;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** One call of SubscribeToShard. Filled by the client's threads, emptied by the feed's. */
final class ShardSubscription
    implements SubscribeToShardResponseHandler, Subscriber<SubscribeToShardEventStream> {
  // Guarded by this.
  private final Deque<SubscribeToShardEvent> events = new ArrayDeque<>();
  private CompletableFuture<Void> call;
  private Subscription upstream;
  private boolean asked;
  private boolean over;
  private Throwable failure;

  private ShardSubscription() {}

  /** Subscribes; trouble comes out of {@link #next}. */
  static ShardSubscription open(
      KinesisAsyncClient client, String consumerArn, String shardId, ShardPosition place) {
    ShardSubscription subscription = new ShardSubscription();
    CompletableFuture<Void> call =
        client.subscribeToShard(
            r ->
                r.consumerARN(consumerArn)
                    .shardId(shardId)
                    .startingPosition(
                        p ->
                            p.type(place.type())
                                .sequenceNumber(place.sequenceNumber())
                                .timestamp(place.time())),
            subscription);
    synchronized (subscription) {
      subscription.call = call;
    }
    return subscription;
  }

  /**
   * The next event.
   *
   * @return null when none came in time; it is asked for all the same
   */
  synchronized SubscribeToShardEvent next(Duration wait) throws InterruptedException {
    if (!asked) {
      asked = true;
      if (upstream != null) {
        upstream.request(1);
      }
    }
    long deadline = System.nanoTime() + wait.toNanos();
    long left = wait.toNanos();
    while (events.isEmpty() && !over && left > 0) {
      wait(1 + left / 1_000_000);
      left = deadline - System.nanoTime();
    }
    SubscribeToShardEvent event = events.poll();
    if (event != null) {
      asked = false;
      return event;
    }
    if (!over && call.isCompletedExceptionally()) {
      // It failed before it was a subscription.
      over = true;
      failure = cause(call.handle((nothing, e) -> e).getNow(null));
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure != null) {
      throw SdkClientException.create(String.valueOf(failure), failure);
    }
    return null;
  }

  /** Whether it brings nothing more. */
  synchronized boolean isOver() {
    return over && events.isEmpty();
  }

  void close() {
    Subscription open;
    CompletableFuture<Void> running;
    synchronized (this) {
      over = true;
      events.clear();
      open = upstream;
      running = call;
    }
    if (open != null) {
      open.cancel();
    }
    running.cancel(true);
  }

  @Override
  public void responseReceived(SubscribeToShardResponse response) {
    // The events say everything.
  }

  @Override
  public void onEventStream(SdkPublisher<SubscribeToShardEventStream> publisher) {
    publisher.subscribe(this);
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    boolean begin;
    boolean late;
    synchronized (this) {
      upstream = subscription;
      begin = asked;
      late = over;
    }
    if (late) {
      subscription.cancel();
    } else if (begin) {
      subscription.request(1);
    }
  }

  @Override
  public void onNext(SubscribeToShardEventStream item) {
    if (item instanceof SubscribeToShardEvent event) {
      synchronized (this) {
        if (!over) {
          events.add(event);
          notifyAll();
        }
      }
    } else {
      upstream().request(1);
    }
  }

  private synchronized Subscription upstream() {
    return upstream;
  }

  @Override
  public void exceptionOccurred(Throwable e) {
    onError(e);
  }

  @Override
  public synchronized void onError(Throwable e) {
    if (!over) {
      over = true;
      failure = cause(e);
      notifyAll();
    }
  }

  private static Throwable cause(Throwable e) {
    return e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
  }

  @Override
  public void complete() {
    onComplete();
  }

  @Override
  public synchronized void onComplete() {
    over = true;
    notifyAll();
  }
}
