package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * How fast one core encodes and decodes lines like those of an access log: a rough figure in some
 * seconds, run by hand. {@code java -cp … io.scribbler.record.DecodeBenchmark}
 */
final class DecodeBenchmark {
  private static final int BLOCK = 512 << 10;
  private static final double SECONDS = 1.5;

  private DecodeBenchmark() {}

  public static void main(String[] args) {
    MessageBuffer messages = lines(new Random(1));
    System.out.printf("%d messages, %d bytes raw%n", messages.count(), messages.size());
    for (Codec codec : Codec.values()) {
      try (BlockEncoder encoder = new BlockEncoder(codec);
          RecordReader reader = new RecordReader()) {
        FirehoseRecordBuilder builder = new FirehoseRecordBuilder();
        builder.add(encode(encoder, messages));
        byte[] record = builder.build();
        report(codec + " encode", messages, () -> encode(encoder, messages).length);
        report(codec + " decode", messages, () -> decode(reader, record));
        System.out.printf("%s %.1f%% of raw%n", codec, 100.0 * record.length / messages.size());
      }
    }
    byte[] line = new byte[250];
    MessageBuffer buffer = new MessageBuffer(BLOCK);
    report(
        "append",
        messages,
        () -> {
          buffer.clear();
          while (buffer.size() < BLOCK - 300) {
            buffer.append(line, 0, line.length, 5, null);
          }
          return buffer.size();
        });
  }

  private static byte[] encode(BlockEncoder encoder, MessageBuffer messages) {
    return encoder.encode("access", "web-1", 7, 0, 1_795_370_000_123L, Map.of(), messages);
  }

  private static long decode(RecordReader reader, byte[] record) {
    long sum = 0;
    reader.open(record);
    while (reader.nextBlock()) {
      while (reader.nextMessage()) {
        sum += reader.dataLength() + reader.timeMillis();
      }
    }
    return sum;
  }

  private static MessageBuffer lines(Random random) {
    MessageBuffer buffer = new MessageBuffer(BLOCK);
    String[] agents = {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1)", "Googlebot/2.1", "curl/8"};
    for (int i = 0; ; i++) {
      byte[] line =
          ("%d.%d.%d.%d - - [17/May/2015:10:%02d:%02d +0000] \"GET /pixel.gif?c=%d&u=%08x HTTP/1.1\""
                  + " 200 %d \"http://example.com/articles/%d\" \"%s\"")
              .formatted(
                  random.nextInt(256),
                  random.nextInt(256),
                  random.nextInt(256),
                  random.nextInt(256),
                  i / 60 % 60,
                  i % 60,
                  random.nextInt(50),
                  random.nextInt(),
                  random.nextInt(100_000),
                  random.nextInt(300),
                  agents[random.nextInt(agents.length)])
              .getBytes(UTF_8);
      if (buffer.size() + MessageBuffer.sizeOf(line.length, i, 0) > buffer.capacity()) {
        return buffer;
      }
      buffer.append(line, 0, line.length, i, null);
    }
  }

  private static void report(String what, MessageBuffer messages, LongSupplier action) {
    long sum = 0;
    long started = System.nanoTime();
    long measured = 0;
    int rounds = 0;
    while (measured < SECONDS * 1e9) {
      if (System.nanoTime() - started < SECONDS * 0.5e9) {
        sum += action.getAsLong(); // warms up
        continue;
      }
      long before = System.nanoTime();
      sum += action.getAsLong();
      measured += System.nanoTime() - before;
      rounds++;
    }
    System.out.printf(
        "%-12s %,7.0f MB/s of raw messages (%d)%n",
        what, (double) messages.size() * rounds / (measured / 1e3), sum & 1);
  }
}
