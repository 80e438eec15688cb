package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The records that our own vectors hold. The files are written once, by {@link #main}, and then
 * stay: who has to write them anew changes the wire format.
 */
final class OurVectors {
  private static final long BASE_TIME = -62_135_596_800_000L; // the year 1
  private static final long FIRST_SEQUENCE = -3; // 2^64 - 3, so the last one is 2^64 - 1
  private static final String HASH_KEY = "340282366920938463463374607431768211455";

  private OurVectors() {}

  static Map<String, byte[]> records() {
    Map<String, byte[]> records = new LinkedHashMap<>();
    for (Codec codec : Codec.values()) {
      records.put("firehose-" + codec.name().toLowerCase(Locale.ROOT), firehose(codec));
    }
    records.put("kpl", kpl());
    return records;
  }

  private static byte[] firehose(Codec codec) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    MessageBuffer buffer = new MessageBuffer(4096);
    try (BlockEncoder encoder = new BlockEncoder(codec)) {
      append(buffer, new byte[0], 0, null);
      append(buffer, new byte[] {0, 1, (byte) 0xff, (byte) 0xfe, '\n'}, -1, "ключ");
      append(buffer, "line\n".repeat(100).getBytes(UTF_8), 1_000, "key");
      Map<String, String> attributes = new LinkedHashMap<>();
      attributes.put("schema", "v3");
      attributes.put("empty", "");
      record.add(
          encoder.encode("ödd/topic", "p-1", -1, FIRST_SEQUENCE, BASE_TIME, attributes, buffer));
      buffer.clear();
      append(buffer, "{\"campaign\":17}".getBytes(UTF_8), 0, null);
      record.add(encoder.encode("impressions", "", 0, 0, 0, Map.of(), buffer));
    }
    return record.build();
  }

  private static void append(MessageBuffer buffer, byte[] data, int timeDelta, String key) {
    buffer.append(data, 0, data.length, timeDelta, key == null ? null : key.getBytes(UTF_8));
  }

  private static byte[] kpl() {
    KplRecordBuilder builder = new KplRecordBuilder(100);
    builder.append(ByteBuffer.wrap(new byte[0]), 0, 0, null);
    builder.append(ByteBuffer.wrap(new byte[] {0, (byte) 0xff}), 0, 2, "ключ".getBytes(UTF_8));
    builder.append(ByteBuffer.wrap("hello".getBytes(UTF_8)), 1, 4, "key".getBytes(UTF_8));
    builder.append(ByteBuffer.wrap("hello".getBytes(UTF_8)), 0, 5, "ключ".getBytes(UTF_8));
    return builder.build("outer", HASH_KEY);
  }

  public static void main(String[] args) throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    Files.createDirectories(Vectors.OURS);
    for (Map.Entry<String, byte[]> record : records().entrySet()) {
      Files.write(Vectors.OURS.resolve(record.getKey() + ".bin"), record.getValue());
      json.writeValue(
          Vectors.OURS.resolve(record.getKey() + ".json").toFile(), describe(record.getValue()));
    }
  }

  private static List<Map<String, Object>> describe(byte[] record) {
    List<Map<String, Object>> all = new ArrayList<>();
    try (RecordReader reader = new RecordReader().open(record)) {
      while (reader.nextBlock()) {
        while (reader.nextMessage()) {
          all.add(describe(reader.message(), reader.explicitHashKey()));
        }
      }
    }
    return all;
  }

  private static Map<String, Object> describe(Message message, String hashKey) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (message.identified()) {
      fields.put("topic", message.topic());
      fields.put("producer", message.producer());
      fields.put("epoch", new BigInteger(Long.toUnsignedString(message.epoch())));
      fields.put("sequence", new BigInteger(Long.toUnsignedString(message.sequence())));
      fields.put("time_millis", message.timeMillis());
      fields.put("key", message.key());
      fields.put("attributes", message.attributes());
    } else {
      fields.put("partition_key", message.key());
      fields.put("explicit_hash_key", hashKey);
    }
    fields.put("data_hex", HexFormat.of().formatHex(message.data()));
    return fields;
  }
}
