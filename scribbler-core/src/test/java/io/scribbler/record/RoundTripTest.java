package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.scribbler.record.Samples.Block;
import io.scribbler.record.Samples.Sample;
import io.scribbler.record.proto.Messages;
import io.scribbler.record.proto.Record;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import software.amazon.kinesis.retrieval.kpl.Messages.AggregatedRecord;

/** Whatever goes in comes out; and what stands on the wire is what protobuf itself would write. */
final class RoundTripTest {
  private static final int TRIES = 150;

  @Provide
  Arbitrary<List<Block>> records() {
    return Samples.records();
  }

  @Provide
  Arbitrary<List<Sample>> samples() {
    return Samples.samples().list().ofMaxSize(50);
  }

  @Provide
  Arbitrary<byte[]> plain() {
    return Arbitraries.bytes()
        .array(byte[].class)
        .ofMaxSize(200)
        .filter(data -> RecordFormat.of(data, 0, data.length) == RecordFormat.PLAIN);
  }

  private static byte[] encode(List<Block> blocks, Codec codec) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(codec)) {
      blocks.forEach(block -> record.add(block.encode(encoder)));
    }
    byte[] bytes = record.build();
    assertThat(record.size()).isEqualTo(bytes.length);
    return bytes;
  }

  private static List<Message> expected(List<Block> blocks) {
    return blocks.stream().flatMap(block -> block.messages().stream()).toList();
  }

  @Property(tries = TRIES)
  void firehoseInAllCodecs(@ForAll("records") List<Block> blocks, @ForAll Codec codec) {
    assertThat(RecordReader.messages(encode(blocks, codec)))
        .containsExactlyElementsOf(expected(blocks));
  }

  /** One reader over records of all kinds, blocks left half read, gives what a new one gives. */
  @Property(tries = 50)
  void oneReaderForManyRecords(
      @ForAll @Size(min = 1, max = 4) List<@From("records") List<Block>> records,
      @ForAll Codec codec) {
    try (RecordReader reader = new RecordReader()) {
      for (List<Block> blocks : records) {
        reader.open(encode(blocks, codec));
        for (int i = 0; i < blocks.size(); i++) {
          assertThat(reader.nextBlock()).isTrue();
          assertThat(reader.block().topic()).isEqualTo(blocks.get(i).topic());
          List<Message> messages = blocks.get(i).messages();
          int wanted = i % 3 == 0 ? messages.size() : i % 3 == 1 ? 0 : messages.size() / 2;
          for (Message message : messages.subList(0, wanted)) {
            assertThat(reader.nextMessage()).isTrue();
            assertThat(reader.message()).isEqualTo(message);
          }
        }
        assertThat(reader.nextBlock()).isFalse();
        assertThat(reader.nextMessage()).isFalse();
      }
    }
  }

  /** The hand-written encoder's bytes are those of the generated classes. */
  @Property(tries = TRIES)
  void writtenAsProtobufWould(@ForAll("records") List<Block> blocks, @ForAll Codec codec)
      throws Exception {
    byte[] bytes = encode(blocks, codec);
    byte[] body = Arrays.copyOfRange(bytes, 4, bytes.length);

    Record parsed = Record.parseFrom(body);
    assertThat(parsed.toByteArray()).isEqualTo(body);
    assertThat(parsed.getBlocksCount()).isEqualTo(blocks.size());
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      io.scribbler.record.proto.Block read = parsed.getBlocks(i);
      assertThat(read.getTopic()).isEqualTo(block.topic());
      assertThat(read.getProducer()).isEqualTo(block.producer());
      assertThat(read.getEpoch()).isEqualTo(block.epoch());
      assertThat(read.getFirstSequence()).isEqualTo(block.firstSequence());
      assertThat(read.getCount()).isEqualTo(block.samples().size());
      assertThat(read.getBaseTimeMillis()).isEqualTo(block.baseTime());
      assertThat(read.getCodecValue()).isEqualTo(codec.number());
      assertThat(read.getAttributesMap()).isEqualTo(block.attributes());
      MessageBuffer buffer = block.buffer();
      assertThat(read.getRawSize()).isEqualTo(buffer.size());
      byte[] raw = Arrays.copyOf(buffer.array(), buffer.size());
      assertThat(raw).isEqualTo(protobuf(block.samples(), Map.of()).toByteArray());
    }
  }

  /** What the generated classes write, attributes of messages included, we read. */
  @Property(tries = TRIES)
  void protobufIsRead(
      @ForAll("records") List<Block> blocks,
      @ForAll @Size(max = 3) Map<String, String> attributes) {
    Record.Builder record = Record.newBuilder();
    List<Message> expected = new ArrayList<>();
    for (Block block : blocks) {
      ByteString body = protobuf(block.samples(), attributes).toByteString();
      record.addBlocks(
          io.scribbler.record.proto.Block.newBuilder()
              .setTopic(block.topic())
              .setProducer(block.producer())
              .setEpoch(block.epoch())
              .setFirstSequence(block.firstSequence())
              .setCount(block.samples().size())
              .setBaseTimeMillis(block.baseTime())
              .setRawSize(body.size())
              .setCrc32C(Records.crc32c(body.toByteArray()))
              .setBody(body)
              .putAllAttributes(block.attributes()));
      for (Message message : block.messages()) {
        Map<String, String> all = new LinkedHashMap<>(block.attributes());
        all.putAll(attributes);
        expected.add(
            new Message(
                message.topic(),
                message.producer(),
                message.epoch(),
                message.sequence(),
                message.timeMillis(),
                message.key(),
                all,
                message.data()));
      }
    }

    assertThat(RecordReader.messages(Records.firehose(record.build())))
        .containsExactlyElementsOf(expected);
  }

  private static Messages protobuf(List<Sample> samples, Map<String, String> attributes) {
    Messages.Builder messages = Messages.newBuilder();
    for (Sample sample : samples) {
      messages.addMessage(
          io.scribbler.record.proto.Message.newBuilder()
              .setData(ByteString.copyFrom(sample.data()))
              .setTimeDeltaMillis(sample.timeDelta())
              .setKey(sample.key() == null ? "" : sample.key())
              .putAllAttributes(attributes));
    }
    return messages.build();
  }

  @Property(tries = TRIES)
  void kpl(@ForAll("samples") List<Sample> samples) throws Exception {
    KplRecordBuilder builder = new KplRecordBuilder(0);
    List<Message> expected = new ArrayList<>();
    int bound = builder.size();
    for (Sample sample : samples) {
      byte[] key = sample.keyBytes();
      builder.append(ByteBuffer.wrap(sample.data()), 0, sample.data().length, key);
      bound += KplRecordBuilder.sizeOf(sample.data().length, key == null ? 0 : key.length);
      String expectedKey = key == null ? "outer" : sample.key();
      expected.add(new Message("t", null, 0, -1, 8, expectedKey, Map.of(), sample.data()));
    }
    byte[] record = builder.build("outer", "340282366920938463463374607431768211455");

    assertThat(builder.size()).isBetween(record.length, bound);
    assertThat(RecordReader.messages(record, new RecordContext("t", "unused", 8)))
        .containsExactlyElementsOf(expected);
    byte[] body = Arrays.copyOfRange(record, 4, record.length - 16);
    AggregatedRecord parsed = AggregatedRecord.parseFrom(body);
    assertThat(parsed.toByteArray()).isEqualTo(body);
    assertThat(parsed.getPartitionKeyTableList()).doesNotHaveDuplicates();
    assertThat(parsed.getRecordsList()).allMatch(inner -> inner.hasExplicitHashKeyIndex());

    builder.clear();
    builder.append(ByteBuffer.wrap(new byte[] {1}), 0, 1, "outer2".getBytes(UTF_8));
    assertThat(RecordReader.messages(builder.build("o", "1"))).hasSize(1);
  }

  @Property(tries = TRIES)
  void plain(@ForAll("plain") byte[] data) {
    assertThat(RecordReader.messages(data, new RecordContext("t", "k", -5)))
        .containsExactly(new Message("t", null, 0, -1, -5, "k", Map.of(), data));
  }
}
