package io.scribbler.local;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Registered consumers and their subscriptions. Owned by the loop thread. */
final class ConsumerApi {
  private static final int MAX_CONSUMERS = 20;
  private static final long TAKE_OVER_MILLIS = 5_000;

  private final Streams streams;
  private final ReadApi reads;
  private final Timing timing;
  private final Map<Key, Subscription> subscriptions = new HashMap<>();

  ConsumerApi(Streams streams, ReadApi reads, Timing timing) {
    this.streams = streams;
    this.reads = reads;
    this.timing = timing;
  }

  private record Key(String consumerArn, String shardId) {}

  void register(Input in, Answer out) {
    Stream stream = streams.byArn(in.requiredText("StreamARN"), "StreamARN");
    String name = in.requiredText("ConsumerName");
    if (!name.matches("[a-zA-Z0-9_.-]{1,128}")) {
      throw Input.constraint(
          "ConsumerName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    if (stream.consumers().containsKey(name)) {
      throw ApiException.inUse("Consumer " + name + " of " + stream.arn() + " already exists.");
    }
    if (stream.consumers().size() >= MAX_CONSUMERS) {
      throw ApiException.limit("A stream may have " + MAX_CONSUMERS + " consumers.");
    }
    long now = streams.now();
    String arn = stream.arn() + "/consumer/" + name + ":" + now / 1000;
    Consumer consumer = new Consumer(name, arn, now);
    stream.consumers().put(name, consumer);
    streams.save();
    out.structure("Consumer");
    write(consumer, out).end();
  }

  void describe(Input in, Answer out) {
    Stream stream = stream(in);
    out.structure("ConsumerDescription");
    write(consumer(stream, in), out).text("StreamARN", stream.arn()).end();
  }

  void list(Input in, Answer out) {
    Stream stream = streams.byArn(in.requiredText("StreamARN"), "StreamARN");
    int limit = in.number("MaxResults", 100, 1, 10_000);
    String after = in.has("NextToken") ? in.text("NextToken") : "";
    List<Consumer> rest =
        stream.consumers().values().stream().filter(c -> c.name().compareTo(after) > 0).toList();
    List<Consumer> page = rest.subList(0, Math.min(limit, rest.size()));
    out.list("Consumers");
    for (Consumer consumer : page) {
      out.structure();
      write(consumer, out).end();
    }
    out.end();
    if (page.size() < rest.size()) {
      out.text("NextToken", page.get(page.size() - 1).name());
    }
  }

  void deregister(Input in, Answer out) {
    Stream stream = stream(in);
    Consumer consumer = consumer(stream, in);
    stream.consumers().remove(consumer.name());
    streams.save();
    for (Map.Entry<Key, Subscription> entry : List.copyOf(subscriptions.entrySet())) {
      if (entry.getKey().consumerArn().equals(consumer.arn())) {
        entry.getValue().finish();
      }
    }
  }

  /** Answers a SubscribeToShard with events until the subscription ends. */
  void subscribe(Exchange exchange) {
    Input in = exchange.input();
    String arn = in.requiredText("ConsumerARN");
    Stream stream = streams.byArn(arn, "ConsumerARN");
    Consumer consumer = consumer(stream, in);
    Shard shard = stream.shard(in.requiredText("ShardId"));
    Input start = in.structure("StartingPosition");
    if (start == null) {
      throw Input.constraint("StartingPosition", "Member must not be null");
    }
    long position =
        reads.position(
            stream,
            shard,
            start.requiredText("Type"),
            start.text("SequenceNumber"),
            start.millis("Timestamp"));
    Key key = new Key(consumer.arn(), shard.id());
    Subscription before = subscriptions.get(key);
    if (before != null) {
      if (streams.now() - before.sinceMillis() < TAKE_OVER_MILLIS) {
        throw ApiException.inUse(
            "Another active subscription exists for this consumer: " + arn + ".");
      }
      before.finish();
    }
    WireFormat format = exchange.format();
    Subscription subscription =
        new Subscription(
            streams, reads, stream, shard, position, format, () -> subscriptions.remove(key));
    subscriptions.put(key, subscription);
    exchange.stream();
    subscription.begin(exchange.context(), format, timing);
  }

  private Stream stream(Input in) {
    String arn = in.text("ConsumerARN");
    return arn == null
        ? streams.byArn(in.requiredText("StreamARN"), "StreamARN")
        : streams.byArn(arn, "ConsumerARN");
  }

  private static Consumer consumer(Stream stream, Input in) {
    String arn = in.text("ConsumerARN");
    String name = in.text("ConsumerName");
    return stream.consumers().values().stream()
        .filter(c -> arn == null ? c.name().equals(name) : c.arn().equals(arn))
        .findFirst()
        .orElseThrow(
            () ->
                ApiException.notFound(
                    "Consumer "
                        + (arn == null ? name : arn)
                        + " of "
                        + stream.arn()
                        + " not found."));
  }

  private static Answer write(Consumer consumer, Answer out) {
    return out.text("ConsumerName", consumer.name())
        .text("ConsumerARN", consumer.arn())
        .text("ConsumerStatus", "ACTIVE")
        .time("ConsumerCreationTimestamp", consumer.createdMillis());
  }
}
