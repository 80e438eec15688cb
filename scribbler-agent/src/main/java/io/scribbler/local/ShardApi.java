package io.scribbler.local;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;

/** Operations on shards: listing, splitting, merging. */
final class ShardApi {
  private static final long TOKEN_MILLIS = 300_000;

  private final Streams streams;

  ShardApi(Streams streams) {
    this.streams = streams;
  }

  void list(Input in, Answer out) {
    int limit = in.number("MaxResults", 1000, 1, 10_000);
    String token = in.text("NextToken");
    Stream stream;
    Predicate<Shard> wanted;
    if (token == null) {
      stream = streams.of(in);
      String after = in.text("ExclusiveStartShardId");
      wanted = filter(stream, in.structure("ShardFilter"));
      if (after != null) {
        wanted = wanted.and(shard -> shard.id().compareTo(after) > 0);
      }
    } else {
      if (in.has("StreamName") || in.has("ExclusiveStartShardId")) {
        throw ApiException.invalid("NextToken excludes StreamName and ExclusiveStartShardId.");
      }
      String[] parts = decode(token);
      stream = streams.named(parts[0]);
      int last = Integer.parseInt(parts[1]);
      wanted = new ShardFilter(parts[3], Long.parseLong(parts[4]), null).on(stream, streams.now());
      wanted = wanted.and(shard -> shard.index() > last);
    }
    List<Shard> rest = stream.listed(streams.now()).stream().filter(wanted).toList();
    List<Shard> page = rest.subList(0, Math.min(limit, rest.size()));
    out.list("Shards");
    page.forEach(shard -> write(shard, out));
    out.end();
    if (page.size() < rest.size()) {
      Input filter = in.structure("ShardFilter");
      String[] parts = token == null ? null : decode(token);
      String type = parts != null ? parts[3] : filter == null ? "ALL" : filter.text("Type");
      long millis =
          parts != null
              ? Long.parseLong(parts[4])
              : filter == null ? 0 : filter.millis("Timestamp");
      out.text("NextToken", encode(stream, page.get(page.size() - 1), type, millis));
    }
  }

  private Predicate<Shard> filter(Stream stream, Input filter) {
    if (filter == null) {
      return shard -> true;
    }
    return new ShardFilter(
            filter.requiredText("Type"), filter.millis("Timestamp"), filter.text("ShardId"))
        .on(stream, streams.now());
  }

  private String encode(Stream stream, Shard last, String type, long millis) {
    String kind = type.equals("AFTER_SHARD_ID") ? "ALL" : type;
    String text =
        stream.name() + "/" + last.index() + "/" + streams.now() + "/" + kind + "/" + millis;
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private String[] decode(String token) {
    String[] parts;
    try {
      parts = new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8).split("/", -1);
      if (parts.length != 5 || Long.parseLong(parts[2]) <= streams.now() - TOKEN_MILLIS) {
        throw new ApiException("ExpiredNextTokenException", 400, "The NextToken has expired.");
      }
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("The NextToken is invalid.");
    }
    return parts;
  }

  void split(Input in, Answer out) {
    Stream stream = streams.of(in);
    Shard shard = stream.shard(in.requiredText("ShardToSplit"));
    String at = in.requiredText("NewStartingHashKey");
    streams.requireRoom(1);
    stream.split(shard, HashRange.parse(at, "NewStartingHashKey"), streams.now());
    streams.save();
  }

  void merge(Input in, Answer out) {
    Stream stream = streams.of(in);
    Shard one = stream.shard(in.requiredText("ShardToMerge"));
    Shard other = stream.shard(in.requiredText("AdjacentShardToMerge"));
    stream.merge(one, other, streams.now());
    streams.save();
  }

  void updateCount(Input in, Answer out) {
    Stream stream = streams.of(in);
    int target = in.requiredNumber("TargetShardCount", 1, 1000);
    String type = in.requiredText("ScalingType");
    if (!type.equals("UNIFORM_SCALING")) {
      throw Input.constraint(
          "ScalingType", "Member must satisfy enum value set: [UNIFORM_SCALING]");
    }
    if (stream.onDemand()) {
      throw ApiException.validation("Stream " + stream.name() + " is ON_DEMAND and scales itself.");
    }
    int current = stream.openCount();
    if (target > 2 * current || 2 * target < current) {
      throw ApiException.invalid(
          "UpdateShardCount cannot scale to "
              + target
              + " shards: with "
              + current
              + " open shards it takes "
              + (current + 1) / 2
              + " to "
              + 2 * current
              + ".");
    }
    streams.requireRoom(Math.max(0, target - current));
    stream.scale(target, streams.now());
    streams.save();
    out.text("StreamName", stream.name())
        .text("StreamARN", stream.arn())
        .number("CurrentShardCount", current)
        .number("TargetShardCount", target);
  }

  static void write(Shard shard, Answer out) {
    out.structure()
        .text("ShardId", shard.id())
        .text("ParentShardId", shard.parent() == null ? null : shard.parent().id())
        .text(
            "AdjacentParentShardId",
            shard.adjacentParent() == null ? null : shard.adjacentParent().id());
    writeRange(shard, out)
        .structure("SequenceNumberRange")
        .text("StartingSequenceNumber", shard.sequence().start())
        .text(
            "EndingSequenceNumber", shard.isOpen() ? null : shard.sequence().at(shard.log().next()))
        .end()
        .end();
  }

  /** Writes the children that a reader goes on with at the end of a shard. */
  static void writeChildren(Stream stream, Shard shard, Answer out) {
    out.list("ChildShards");
    for (Shard child : stream.childrenOf(shard)) {
      out.structure().text("ShardId", child.id()).list("ParentShards").item(child.parent().id());
      if (child.adjacentParent() != null) {
        out.item(child.adjacentParent().id());
      }
      writeRange(child, out.end()).end();
    }
    out.end();
  }

  private static Answer writeRange(Shard shard, Answer out) {
    return out.structure("HashKeyRange")
        .text("StartingHashKey", shard.range().from().toString())
        .text("EndingHashKey", shard.range().to().toString())
        .end();
  }
}
