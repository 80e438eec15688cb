package io.scribbler.local;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Reads and writes what streams there are, as JSON. */
final class State {
  private State() {}

  static void replace(Path file, Collection<Stream> streams) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (OutputStream to = Files.newOutputStream(next);
        Answer out = new Answer(WireFormat.JSON, to)) {
      out.list("streams");
      streams.forEach(stream -> write(stream, out));
      out.end();
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void write(Stream stream, Answer out) {
    out.structure()
        .text("name", stream.name())
        .number("created", stream.createdMillis())
        .flag("onDemand", stream.onDemand())
        .number("retentionHours", stream.retentionHours())
        .number("maxRecordBytes", stream.maxRecordBytes())
        .structure("tags");
    stream.tags().forEach(out::text);
    out.end().list("consumers");
    for (Consumer consumer : stream.consumers().values()) {
      out.structure()
          .text("name", consumer.name())
          .text("arn", consumer.arn())
          .number("created", consumer.createdMillis())
          .end();
    }
    out.end().list("shards");
    for (Shard shard : stream.shards()) {
      out.structure()
          .number("parent", index(shard.parent()))
          .number("adjacentParent", index(shard.adjacentParent()))
          .text("from", shard.range().from().toString())
          .text("to", shard.range().to().toString())
          .number("start", shard.startMillis())
          .number("closed", shard.closedMillis())
          .end();
    }
    out.end().end();
  }

  private static int index(Shard shard) {
    return shard == null ? -1 : shard.index();
  }

  static List<Stream> read(byte[] json, Storage storage) {
    List<Stream> streams = new ArrayList<>();
    for (Input in : Input.parse(WireFormat.JSON, json, json.length).structures("streams")) {
      streams.add(stream(in, storage));
    }
    return streams;
  }

  private static Stream stream(Input in, Storage storage) {
    Stream stream =
        new Stream(
            in.requiredText("name"),
            in.number("created", 0),
            (int) in.number("maxRecordBytes", 1 << 20),
            storage);
    stream.onDemand(in.isTrue("onDemand"));
    stream.retentionHours((int) in.number("retentionHours", 24));
    for (Map.Entry<String, Object> tag : in.structure("tags").members().entrySet()) {
      stream.tags().put(tag.getKey(), String.valueOf(tag.getValue()));
    }
    for (Input c : in.structures("consumers")) {
      String name = c.requiredText("name");
      stream
          .consumers()
          .put(name, new Consumer(name, c.requiredText("arn"), c.number("created", 0)));
    }
    for (Input s : in.structures("shards")) {
      HashRange range =
          new HashRange(
              new BigInteger(s.requiredText("from")), new BigInteger(s.requiredText("to")));
      Shard shard =
          stream.add(
              range,
              shard(stream, s.number("parent", -1)),
              shard(stream, s.number("adjacentParent", -1)),
              s.number("start", 0));
      if (s.number("closed", -1) >= 0) {
        stream.close(shard, s.number("closed", -1));
      }
    }
    return stream;
  }

  private static Shard shard(Stream stream, long index) {
    return index < 0 ? null : stream.shards().get((int) index);
  }
}
