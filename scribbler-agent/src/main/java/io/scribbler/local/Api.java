package io.scribbler.local;

import io.netty.buffer.ByteBufOutputStream;
import java.util.HashMap;
import java.util.Map;

/** The operations by name. */
final class Api {
  private static final String TARGET = "Kinesis_20131202.";

  private final Map<String, Operation> operations = new HashMap<>();
  private final ConsumerApi consumers;

  /** One operation: reads a request's structure and writes its answer's members. */
  interface Operation {
    void run(Input in, Answer out);
  }

  Api(Streams streams, Faults faults, Counters counters, AnswerMemory answers, Timing timing) {
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
    ReadApi read = new ReadApi(streams, counters, answers);
    operations.put("GetShardIterator", read::iterator);
    operations.put("GetRecords", read::records);
    consumers = new ConsumerApi(streams, read, timing);
    operations.put("RegisterStreamConsumer", consumers::register);
    operations.put("DescribeStreamConsumer", consumers::describe);
    operations.put("ListStreamConsumers", consumers::list);
    operations.put("DeregisterStreamConsumer", consumers::deregister);
  }

  /** The operation's name in a target header, or null when the header names none. */
  static String name(String target) {
    return target != null && target.startsWith(TARGET) ? target.substring(TARGET.length()) : null;
  }

  /** Applies a request and writes its answer, or begins to stream it. */
  void run(String name, Exchange exchange) {
    if (name.equals("SubscribeToShard")) {
      consumers.subscribe(exchange);
      return;
    }
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new ApiException(
          "UnknownOperationException", 400, "The embedded stream has no operation " + name + ".");
    }
    Input in = exchange.input();
    try (Answer out = new Answer(exchange.format(), new ByteBufOutputStream(exchange.answer()))) {
      operation.run(in, out);
    }
  }
}
