package io.scribbler.local;

import java.util.HashMap;
import java.util.Map;

/** The operations by name. */
final class Api {
  private static final String TARGET = "Kinesis_20131202.";

  private final Map<String, Operation> operations = new HashMap<>();

  /** One operation: reads a request's structure and writes its answer's members. */
  interface Operation {
    void run(Input in, Answer out);
  }

  Api(Streams streams, Faults faults, Counters counters) {
    StreamApi stream = new StreamApi(streams);
    operations.put("CreateStream", stream::create);
    operations.put("DeleteStream", stream::delete);
    operations.put("ListStreams", stream::list);
    operations.put("DescribeStream", stream::describe);
    operations.put("DescribeStreamSummary", stream::summary);
    operations.put("DescribeLimits", stream::limits);
    operations.put("IncreaseStreamRetentionPeriod", stream::increaseRetention);
    operations.put("DecreaseStreamRetentionPeriod", stream::decreaseRetention);
    operations.put("UpdateStreamMode", stream::updateMode);
    operations.put("UpdateMaxRecordSize", stream::updateMaxRecordSize);
    operations.put("AddTagsToStream", stream::addTags);
    operations.put("RemoveTagsFromStream", stream::removeTags);
    operations.put("ListTagsForStream", stream::listTags);
    ShardApi shard = new ShardApi(streams);
    operations.put("ListShards", shard::list);
    operations.put("SplitShard", shard::split);
    operations.put("MergeShards", shard::merge);
    operations.put("UpdateShardCount", shard::updateCount);
    PutApi put = new PutApi(streams, faults, counters);
    operations.put("PutRecord", put::putRecord);
    operations.put("PutRecords", put::putRecords);
    ReadApi read = new ReadApi(streams, counters);
    operations.put("GetShardIterator", read::iterator);
    operations.put("GetRecords", read::records);
  }

  /** The operation's name in a target header, or null when the header names none. */
  static String name(String target) {
    return target != null && target.startsWith(TARGET) ? target.substring(TARGET.length()) : null;
  }

  void run(String name, Input in, Answer out) {
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new ApiException(
          "UnknownOperationException", 400, "The embedded stream has no operation " + name + ".");
    }
    operation.run(in, out);
  }
}
