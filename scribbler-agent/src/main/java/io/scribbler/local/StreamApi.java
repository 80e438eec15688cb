package io.scribbler.local;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Operations on streams as a whole. */
final class StreamApi {
  private static final int ON_DEMAND_SHARDS = 4;

  private final Streams streams;

  StreamApi(Streams streams) {
    this.streams = streams;
  }

  void create(Input in, Answer out) {
    String name = in.requiredText("StreamName");
    boolean onDemand = onDemand(in);
    int shards =
        onDemand
            ? in.number("ShardCount", ON_DEMAND_SHARDS, 1, 1000)
            : in.requiredNumber("ShardCount", 1, Integer.MAX_VALUE);
    int maxKib = in.number("MaxRecordSizeInKiB", 0, 0, 10_240);
    Stream stream = streams.create(name, shards);
    stream.onDemand(onDemand);
    if (maxKib > 0) {
      stream.maxRecordBytes(maxKib << 10);
    }
    addTags(stream, in);
    streams.save();
  }

  void delete(Input in, Answer out) {
    Stream stream = streams.of(in);
    if (!stream.consumers().isEmpty() && !in.isTrue("EnforceConsumerDeletion")) {
      throw ApiException.inUse(
          "Stream " + stream.name() + " has registered consumers: set EnforceConsumerDeletion.");
    }
    streams.delete(stream);
  }

  void list(Input in, Answer out) {
    int limit = in.number("Limit", 100, 1, 10_000);
    String after = in.text("ExclusiveStartStreamName");
    if (in.has("NextToken")) {
      after = in.text("NextToken");
    }
    Collection<Stream> rest =
        after == null ? streams.all() : streams.byName().tailMap(after, false).values();
    List<Stream> page = rest.stream().limit(limit).toList();
    out.list("StreamNames");
    page.forEach(stream -> out.item(stream.name()));
    out.end().list("StreamSummaries");
    for (Stream stream : page) {
      out.structure();
      head(stream, out).end();
    }
    boolean more = page.size() < rest.size();
    out.end().flag("HasMoreStreams", more);
    if (more) {
      out.text("NextToken", page.get(page.size() - 1).name());
    }
  }

  void describe(Input in, Answer out) {
    Stream stream = streams.of(in);
    int limit = in.number("Limit", 100, 1, 10_000);
    String after = in.text("ExclusiveStartShardId");
    List<Shard> rest =
        stream.listed(streams.now()).stream()
            .filter(shard -> after == null || shard.id().compareTo(after) > 0)
            .toList();
    List<Shard> page = rest.subList(0, Math.min(limit, rest.size()));
    out.structure("StreamDescription");
    describe(stream, out).list("Shards");
    page.forEach(shard -> ShardApi.write(shard, out));
    out.end().flag("HasMoreShards", page.size() < rest.size()).end();
  }

  void summary(Input in, Answer out) {
    Stream stream = streams.of(in);
    out.structure("StreamDescriptionSummary");
    describe(stream, out)
        .number("OpenShardCount", stream.openCount())
        .number("ConsumerCount", stream.consumers().size())
        .number("MaxRecordSizeInKiB", (stream.maxRecordBytes() + 1023) >> 10)
        .end();
  }

  void limits(Input in, Answer out) {
    out.number("ShardLimit", 1000)
        .number("OpenShardCount", streams.all().stream().mapToInt(Stream::openCount).sum())
        .number("OnDemandStreamCount", streams.all().stream().filter(Stream::onDemand).count())
        .number("OnDemandStreamCountLimit", 1000);
  }

  void increaseRetention(Input in, Answer out) {
    Stream stream = streams.of(in);
    int hours = in.requiredNumber("RetentionPeriodHours", 1, 8760);
    if (hours < stream.retentionHours()) {
      throw retention(stream, hours, "below");
    }
    stream.retentionHours(hours);
    streams.save();
  }

  void decreaseRetention(Input in, Answer out) {
    Stream stream = streams.of(in);
    int hours = in.requiredNumber("RetentionPeriodHours", 24, 8760);
    if (hours > stream.retentionHours()) {
      throw retention(stream, hours, "above");
    }
    stream.retentionHours(hours);
    streams.save();
  }

  void updateMode(Input in, Answer out) {
    Stream stream = streams.byArn(in.requiredText("StreamARN"), "StreamARN");
    stream.onDemand(onDemand(in));
    streams.save();
  }

  void updateMaxRecordSize(Input in, Answer out) {
    Stream stream = streams.byArn(in.requiredText("StreamARN"), "StreamARN");
    stream.maxRecordBytes(in.requiredNumber("MaxRecordSizeInKiB", 1024, 10_240) << 10);
    streams.save();
  }

  void addTags(Input in, Answer out) {
    addTags(streams.of(in), in);
    streams.save();
  }

  void removeTags(Input in, Answer out) {
    streams.of(in).tags().keySet().removeAll(in.texts("TagKeys"));
    streams.save();
  }

  void listTags(Input in, Answer out) {
    Stream stream = streams.of(in);
    out.list("Tags");
    stream
        .tags()
        .forEach((key, value) -> out.structure().text("Key", key).text("Value", value).end());
    out.end().flag("HasMoreTags", false);
  }

  private static void addTags(Stream stream, Input in) {
    Input tags = in.structure("Tags");
    if (tags == null) {
      return;
    }
    if (stream.tags().size() + tags.members().size() > 50) {
      throw ApiException.invalid("A stream may have 50 tags.");
    }
    for (Map.Entry<String, Object> tag : tags.members().entrySet()) {
      stream.tags().put(tag.getKey(), String.valueOf(tag.getValue()));
    }
  }

  private static boolean onDemand(Input in) {
    Input details = in.structure("StreamModeDetails");
    if (details == null) {
      return false;
    }
    String mode = details.requiredText("StreamMode");
    if (!mode.equals("ON_DEMAND") && !mode.equals("PROVISIONED")) {
      throw Input.constraint(
          "StreamMode", "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]");
    }
    return mode.equals("ON_DEMAND");
  }

  private static Answer head(Stream stream, Answer out) {
    return out.text("StreamName", stream.name())
        .text("StreamARN", stream.arn())
        .text("StreamStatus", "ACTIVE")
        .structure("StreamModeDetails")
        .text("StreamMode", stream.onDemand() ? "ON_DEMAND" : "PROVISIONED")
        .end()
        .time("StreamCreationTimestamp", stream.createdMillis());
  }

  private static Answer describe(Stream stream, Answer out) {
    return head(stream, out)
        .number("RetentionPeriodHours", stream.retentionHours())
        .text("EncryptionType", "NONE")
        .list("EnhancedMonitoring")
        .structure()
        .list("ShardLevelMetrics")
        .end()
        .end()
        .end();
  }

  private static ApiException retention(Stream stream, int hours, String where) {
    return ApiException.invalid(
        "Requested retention period of "
            + hours
            + " hours is "
            + where
            + " the "
            + stream.retentionHours()
            + " hours of stream "
            + stream.name()
            + ".");
  }
}
