package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.ShardLookup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What is stored, held against the stream: shards nobody has begun, and how far behind all are. */
final class Lag {
  /** Each holds up to two records. */
  private static final int THREADS = 4;

  private final ShardLookup lookup;
  private final Optional<StartPosition> start;
  private final Map<String, ShardLookup.Listed> listed = new HashMap<>();

  private Lag(ShardLookup lookup, Optional<StartPosition> start) {
    this.lookup = lookup;
    this.start = start;
  }

  /** The shards that are stored, and those that the application has yet to begin. */
  static List<ShardLine> of(ProgressStore store, ShardLookup lookup)
      throws IOException, InterruptedException {
    Map<String, ProgressStore.Stored> stored = store.shards();
    Lag lag = new Lag(lookup, store.start());
    for (ShardLookup.Listed shard : lookup.shards(lag.start.orElse(StartPosition.oldest()))) {
      lag.listed.put(shard.shardId(), shard);
    }
    return lag.ask(lag.lines(stored));
  }

  private List<ShardLine> lines(Map<String, ProgressStore.Stored> stored) {
    List<ShardLine> lines = new ArrayList<>();
    stored.forEach((shardId, what) -> lines.add(line(ShardLine.stored(shardId, what))));
    if (start.isPresent()) {
      Set<String> done = ancestors(stored.keySet());
      listed.keySet().stream()
          .filter(shardId -> !stored.containsKey(shardId) && !done.contains(shardId))
          .sorted()
          .map(id -> ShardLine.stored(id, new ProgressStore.Stored(null, null, null)))
          .forEach(lines::add);
    }
    return lines;
  }

  private ShardLine line(ShardLine line) {
    boolean gone = line.state() != ShardLine.State.FINISHED && !listed.containsKey(line.shardId());
    return gone ? line.in(ShardLine.State.GONE) : line;
  }

  /** What is behind those that are stored: done, and forgotten. */
  private Set<String> ancestors(Set<String> stored) {
    Set<String> found = new HashSet<>();
    List<String> next = new ArrayList<>(stored);
    while (!next.isEmpty()) {
      ShardLookup.Listed shard = listed.get(next.remove(next.size() - 1));
      if (shard != null) {
        shard.parents().stream().filter(found::add).forEach(next::add);
      }
    }
    return found;
  }

  private List<ShardLine> ask(List<ShardLine> lines) throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<ShardLine>> asked = new ArrayList<>();
      for (ShardLine line : lines) {
        asked.add(threads.submit(() -> line.behind(behind(line))));
      }
      List<ShardLine> answered = new ArrayList<>();
      for (Future<ShardLine> line : asked) {
        answered.add(line.get());
      }
      return answered;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private Duration behind(ShardLine line) throws IOException, InterruptedException {
    return switch (line.state()) {
      case FINISHED, GONE -> null;
      case READING ->
          lookup.behind(line.shardId(), line.stored().committed(), StartPosition.oldest());
      case NOT_BEGUN -> {
        boolean first = listed.get(line.shardId()).isFirst();
        if (first && start.isEmpty()) {
          yield null;
        }
        yield lookup.behind(
            line.shardId(), null, first ? start.orElseThrow() : StartPosition.oldest());
      }
    };
  }
}
