package io.scribbler.local;

import java.time.InstantSource;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The streams there are. Owned by the loop thread. */
final class Streams {
  private static final int MAX_SHARDS = 1000;
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");
  private static final Pattern ARN =
      Pattern.compile("arn:aws[^:]*:kinesis:[^:]*:[^:]*:stream/([a-zA-Z0-9_.-]{1,128})(/.*)?");

  private final LocalOptions options;
  private final Storage storage;
  private final InstantSource clock;
  private final NavigableMap<String, Stream> byName = new TreeMap<>();

  Streams(LocalOptions options, Storage storage, InstantSource clock) {
    this.options = options;
    this.storage = storage;
    this.clock = clock;
    storage.load().forEach(stream -> byName.put(stream.name(), stream));
    for (String text : options.streams()) {
      InitialStream initial = InitialStream.parse(text);
      if (!byName.containsKey(initial.name())) {
        create(initial.name(), initial.shards() == 0 ? options.shards() : initial.shards());
      }
    }
  }

  LocalOptions options() {
    return options;
  }

  long now() {
    return clock.millis();
  }

  Collection<Stream> all() {
    return byName.values();
  }

  NavigableMap<String, Stream> byName() {
    return byName;
  }

  Stream create(String name, int shards) {
    if (!NAME.matcher(name).matches()) {
      throw Input.constraint(
          "StreamName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    if (byName.containsKey(name)) {
      throw ApiException.inUse("Stream " + name + " under account 000000000000 already exists.");
    }
    requireRoom(shards);
    long now = now();
    Stream stream = new Stream(name, now, options.maxRecordBytes(), storage);
    for (HashRange range : HashRange.uniform(shards)) {
      stream.add(range, null, null, now);
    }
    byName.put(name, stream);
    save();
    return stream;
  }

  /** Refuses what would make more open shards than there may be. */
  void requireRoom(int moreShards) {
    int open = byName.values().stream().mapToInt(Stream::openCount).sum();
    if (open + moreShards > MAX_SHARDS) {
      throw ApiException.limit(
          "This request would exceed the shard limit of "
              + MAX_SHARDS
              + "; open shards: "
              + open
              + ".");
    }
  }

  void delete(Stream stream) {
    byName.remove(stream.name());
    save();
    stream.openShards().forEach(shard -> stream.close(shard, now()));
    storage.delete(stream);
  }

  /** Keeps the streams as they are now. */
  void save() {
    storage.save(byName.values());
  }

  /** The stream that a request names, by name or ARN. */
  Stream of(Input in) {
    String arn = in.text("StreamARN");
    if (arn != null) {
      return byArn(arn, "StreamARN");
    }
    String name = in.text("StreamName");
    if (name == null) {
      throw ApiException.invalid("Either StreamName or StreamARN must be given.");
    }
    return named(name);
  }

  /** The stream of an ARN, a consumer's too. */
  Stream byArn(String arn, String member) {
    Matcher matcher = ARN.matcher(arn);
    if (!matcher.matches()) {
      throw Input.constraint(member, "Member must be the ARN of a stream or of its consumer");
    }
    return named(matcher.group(1));
  }

  Stream named(String name) {
    Stream stream = byName.get(name);
    if (stream == null && options.autoCreate()) {
      return create(name, options.shards());
    }
    if (stream == null) {
      throw ApiException.notFound("Stream " + name + " under account 000000000000 not found.");
    }
    return stream;
  }
}
