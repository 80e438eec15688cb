package io.scribbler.consumer.reading;

import io.scribbler.consumer.Position;
import io.scribbler.consumer.StartPosition;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * The reader's coordinator: lists the shards, starts those that can be read, and follows what came
 * of the ones that ended. {@link #run} has a thread of its own; workers only leave it news.
 */
final class ShardFollower {
  private static final Logger log = LoggerFactory.getLogger(ShardFollower.class);

  /** A shard ended, or Kinesis says that it or its stream is missing; null cursor: wake up. */
  private record News(ShardCursor cursor, boolean missing) {}

  private final StreamReader reader;
  private final KinesisShards shards;
  private final ReaderSettings settings;
  private final RecordHandler handler;
  private final Backoff backoff = new Backoff();
  // Holds at most one entry for each shard, and the wake-ups of stops.
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  // Owned by the coordinator's thread.
  private ShardGraph graph = new ShardGraph();
  private boolean notThere;

  ShardFollower(
      StreamReader reader, KinesisShards shards, ReaderSettings settings, RecordHandler handler) {
    this.reader = reader;
    this.handler = handler;
    this.shards = shards;
    this.settings = settings;
  }

  /** A worker read a shard to its end. */
  void ended(ShardCursor cursor) {
    news.add(new News(cursor, false));
  }

  /** A worker was told that a shard is missing. */
  void missing(ShardCursor cursor) {
    news.add(new News(cursor, true));
  }

  void wake() {
    news.add(new News(null, false));
  }

  /** Follows the shards until all are done or the reader stops. */
  void run() throws InterruptedException {
    if (!begin(settings.from())) {
      return;
    }
    while (!reader.isStopped() && !graph.allDone()) {
      News item = news.take();
      ShardCursor cursor = item.cursor();
      if (cursor == null || !reader.isActive(cursor)) {
        continue; // a wake-up, or news of a stream that is gone
      }
      if (item.missing()) {
        lookFor(cursor);
      } else {
        follow(cursor);
      }
    }
  }

  /** Lists the shards and starts those that are wanted; false if stopped meanwhile. */
  private boolean begin(StartPosition asked) throws InterruptedException {
    notThere = false;
    List<ShardInfo> all = retrying(shards::list);
    if (all == null) {
      return false;
    }
    // What is in a stream that was not there a moment ago came after any start.
    StartPosition from =
        handler.start(notThere ? StartPosition.oldest() : asked, shards.listedAt());
    handler.listed(all);
    ShardPosition position = ShardPosition.of(from);
    switch (from.kind()) {
      case OLDEST -> all.forEach(shard -> want(shard, position));
      case NEWEST -> {
        all.stream().filter(shard -> !shard.closed()).forEach(s -> want(s, position));
        all.forEach(graph::addSkipped);
      }
      case TIME -> {
        // Listed second, so that what was made in between is among the wanted.
        List<ShardInfo> wanted = retrying(() -> shards.listFrom(from.time()));
        if (wanted == null) {
          return false;
        }
        wanted.forEach(shard -> want(shard, position));
        all.forEach(graph::addSkipped);
      }
    }
    startReady();
    log.info("stream {}: reading {} shards", settings.stream().name(), reader.shardCount());
    return true;
  }

  /** Adds a shard that is to be read, from where it was handled before or else from a position. */
  private void want(ShardInfo shard, ShardPosition position) {
    Optional<Position> committed = handler.committed(shard.id());
    if (committed.isEmpty()) {
      graph.addWanted(shard, position);
    } else if (committed.get().isEnd()) {
      graph.addSkipped(shard);
    } else {
      graph.addWanted(shard, ShardPosition.atRecord(committed.get().sequenceNumber()));
    }
  }

  private void follow(ShardCursor parent) throws InterruptedException {
    List<ShardInfo> children = parent.children();
    if (children != null) {
      if (!children.isEmpty() && graph.knowsParentsOf(children)) {
        children.forEach(child -> want(child, ShardPosition.OLDEST));
      } else {
        List<ShardInfo> all = retrying(shards::list);
        if (all == null) {
          return;
        }
        graph.listed(all);
      }
    }
    graph.done(parent.shardId());
    log.info("shard {}: read to its end", parent.shardId());
    startReady();
    reader.remove(parent);
  }

  /** Finds out whether a shard or its whole stream is missing. */
  private void lookFor(ShardCursor cursor) throws InterruptedException {
    List<ShardInfo> all = list();
    if (reader.isStopped()) {
      return;
    }
    if (all == null) {
      handler.streamGone();
      reader.removeAll();
      graph = new ShardGraph();
      begin(StartPosition.oldest());
    } else if (ids(all).contains(cursor.shardId())) {
      cursor.dueIn(cursor.backoff().failed());
      reader.again(cursor);
    } else {
      log.warn(
          "shard {}: no longer in stream {}; what was left of it is past its retention",
          cursor.shardId(),
          settings.stream().name());
      handler.gone(cursor.shardId());
      graph.listed(all);
      graph.done(cursor.shardId());
      startReady();
      reader.remove(cursor);
    }
  }

  /** The shards, or null if the stream is missing or the reader stops. */
  private List<ShardInfo> list() throws InterruptedException {
    while (!reader.isStopped()) {
      try {
        return shards.list();
      } catch (SdkException e) {
        if (reader.trouble(e) == ReadTrouble.MISSING) {
          return null;
        }
        reader.pause(backoff.failed());
      }
    }
    return null;
  }

  /** The result of a call that is repeated until it succeeds; null if the reader stops. */
  private <T> T retrying(Supplier<T> call) throws InterruptedException {
    while (!reader.isStopped()) {
      try {
        T result = call.get();
        backoff.succeeded();
        return result;
      } catch (SdkException e) {
        ReadTrouble trouble = reader.trouble(e);
        notThere |= trouble == ReadTrouble.MISSING || trouble == ReadTrouble.NOT_READY;
        reader.pause(backoff.failed());
      }
    }
    return null;
  }

  private void startReady() {
    for (ShardGraph.Ready ready : graph.takeReady()) {
      reader.add(new ShardCursor(ready.shardId(), ready.position(), settings, System.nanoTime()));
    }
  }

  private static Set<String> ids(Collection<ShardInfo> shards) {
    return shards.stream().map(ShardInfo::id).collect(Collectors.toSet());
  }
}
