package io.scribbler.local;

import java.util.function.Predicate;

/** Which shards a ListShards asks for. */
record ShardFilter(String type, long millis, String shardId) {
  Predicate<Shard> on(Stream stream, long nowMillis) {
    long horizon = Math.max(stream.createdMillis(), stream.horizon(nowMillis));
    return switch (type) {
      case "ALL" -> shard -> true;
      case "AFTER_SHARD_ID" -> {
        if (shardId == null) {
          throw ApiException.invalid("ShardFilter AFTER_SHARD_ID needs a ShardId.");
        }
        yield shard -> shard.id().compareTo(shardId) > 0;
      }
      case "AT_LATEST" -> Shard::isOpen;
      case "AT_TRIM_HORIZON" -> shard -> isOpenAt(shard, horizon);
      case "FROM_TRIM_HORIZON" -> shard -> isOpenFrom(shard, horizon);
      case "AT_TIMESTAMP" -> shard -> isOpenAt(shard, Math.max(horizon, required()));
      case "FROM_TIMESTAMP" -> shard -> isOpenFrom(shard, Math.max(horizon, required()));
      default -> throw Input.constraint("Type", "Member must satisfy the ShardFilterType enum");
    };
  }

  private long required() {
    if (millis < 0) {
      throw ApiException.invalid("ShardFilter " + type + " needs a Timestamp.");
    }
    return millis;
  }

  private static boolean isOpenAt(Shard shard, long millis) {
    return shard.startMillis() <= millis && isOpenFrom(shard, millis);
  }

  private static boolean isOpenFrom(Shard shard, long millis) {
    return shard.isOpen() || shard.closedMillis() > millis;
  }
}
