package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.scribbler.record.proto.Block;
import io.scribbler.record.proto.Messages;
import io.scribbler.record.proto.Record;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One test for each way in which a record can be wrong: a clear reason, and bounded memory. */
final class BrokenRecordsTest {
  /** What an attempt may allocate: a reader, its small parts and the exception. */
  private static final long LITTLE = 300_000;

  private static final byte[] BODY = body("hello", "world");

  private static byte[] body(String... texts) {
    Messages.Builder messages = Messages.newBuilder();
    for (String text : texts) {
      messages.addMessageBuilder().setData(ByteString.copyFromUtf8(text));
    }
    return messages.build().toByteArray();
  }

  private static byte[] zstd(byte[] raw) {
    return Zstd.compress(raw);
  }

  private static byte[] gzip(byte[] raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(raw);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteString all = ByteString.EMPTY;
    for (byte[] part : parts) {
      all = all.concat(ByteString.copyFrom(part));
    }
    return all.toByteArray();
  }

  private static byte[] compressed(int codec, byte[] stored) {
    return Records.oneBlock(
        stored, block -> block.setCodecValue(codec).setRawSize(BODY.length).setCount(2));
  }

  private static byte[] uncompressed(Consumer<Block.Builder> change) {
    return Records.oneBlock(BODY, block -> change.accept(block.setCount(2)));
  }

  private static List<Message> read(byte[] record) {
    List<Message> messages = new ArrayList<>();
    RecordReader.messages(record).forEach(messages::add);
    return messages;
  }

  private static List<String> texts(byte[] record) {
    return read(record).stream().map(message -> new String(message.data(), UTF_8)).toList();
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(byte[] record) {
    List<Message> messages = new ArrayList<>();
    var refused =
        assertThatThrownBy(() -> RecordReader.messages(record).forEach(messages::add))
            .isInstanceOf(RecordFormatException.class);
    assertThat(messages).isEmpty();
    return refused;
  }

  private static void assertRefusedCheaply(byte[] record, String reason) {
    assertRefused(record).hasMessageContaining(reason);
    long allocated = Allocation.of(() -> assertRefused(record));
    assertThat(allocated).isLessThan(LITTLE);
  }

  @Test
  void theSamplesAreGoodUnlessBroken() {
    assertThat(texts(uncompressed(block -> {}))).containsExactly("hello", "world");
    assertThat(texts(compressed(1, zstd(BODY)))).containsExactly("hello", "world");
    assertThat(texts(compressed(2, gzip(BODY)))).containsExactly("hello", "world");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 255})
  void unknownVersion(int version) {
    byte[] record = uncompressed(block -> {});
    record[2] = (byte) version;

    assertRefused(record).hasMessage("unknown version " + version);
  }

  @Test
  void unknownCodec() {
    assertRefused(compressed(7, BODY)).hasMessage("block 1: unknown codec 7");
    assertRefused(compressed(-1, BODY)).hasMessage("block 1: unknown codec 4294967295");
    assertRefused(uncompressed(block -> block.setUnknownFields(varint(7, 1L << 32))))
        .hasMessage("block 1: unknown codec 4294967296");
  }

  private static UnknownFieldSet varint(int number, long value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
        .build();
  }

  @Test
  void magicAlone() {
    assertRefused(new byte[] {(byte) 0xF1, 0x5C}).hasMessageContaining("cut short");
    assertRefused(new byte[] {(byte) 0xF1, 0x5C, 1, 0}).hasMessageContaining("no block");
  }

  @Test
  void rawSizeOfTwoGibibytes() {
    assertRefusedCheaply(uncompressed(b -> b.setRawSize(0x80000000)), "raw_size over the bound");
    assertRefusedCheaply(uncompressed(b -> b.setRawSize(-1)), "raw_size over the bound");
    assertRefusedCheaply(
        uncompressed(b -> b.setRawSize((16 << 20) + 1)), "raw_size over the bound");
  }

  @Test
  void moreMessagesThanTheRawSizeCanHold() {
    assertRefusedCheaply(uncompressed(b -> b.setCount(BODY.length / 2 + 1)), "count");
    assertRefusedCheaply(uncompressed(b -> b.setCount(-1)), "count");
  }

  @Test
  void countThatDoesNotMatch() {
    assertRefused(uncompressed(b -> b.setCount(1)))
        .hasMessage("block 1: count does not match: 1 announced, 2 there");
    assertRefused(uncompressed(b -> b.setCount(3))).hasMessageContaining("count does not match");
  }

  @Test
  void checksumThatDoesNotMatch() {
    assertRefused(uncompressed(b -> b.setCrc32C(b.getCrc32C() + 1)))
        .hasMessageContaining("checksum");
  }

  /** The first block is good; still nothing is yielded, since the envelope is checked first. */
  @Test
  void checksumOfTheSecondBlock() throws Exception {
    byte[] good = uncompressed(block -> {});
    byte[] bad = uncompressed(block -> block.setCrc32C(0));

    assertRefused(concat(good, Arrays.copyOfRange(bad, 4, bad.length)))
        .hasMessageStartingWith("block 2: ");
  }

  /** A block that can't be decompressed yields nothing; the blocks beside it can be read. */
  @Test
  void theReaderGoesOnAfterABrokenBlock() {
    byte[] good = uncompressed(block -> {});
    byte[] bad = uncompressed(block -> block.setCount(5));
    byte[] body = Arrays.copyOfRange(good, 4, good.length);
    try (RecordReader reader = new RecordReader().open(concat(bad, body))) {
      assertThat(reader.nextBlock()).isTrue();
      assertThatThrownBy(reader::nextMessage).isInstanceOf(RecordFormatException.class);
      assertThat(reader.nextMessage()).isFalse();
      assertThat(reader.nextBlock()).isTrue();
      assertThat(reader.nextMessage()).isTrue();
      assertThat(reader.sequence()).isZero();
    }
  }

  @Test
  void afterARefusedRecordNothingIsOpen() {
    try (RecordReader reader = new RecordReader().open(uncompressed(block -> {}))) {
      assertThat(reader.nextBlock()).isTrue();
      byte[] bad = uncompressed(block -> block.setCrc32C(0));
      assertThatThrownBy(() -> reader.open(bad)).isInstanceOf(RecordFormatException.class);
      assertThat(reader.nextBlock()).isFalse();
      assertThat(reader.nextMessage()).isFalse();
      assertThatThrownBy(reader::block).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void noTopic() {
    assertRefused(uncompressed(Block.Builder::clearTopic)).hasMessage("block 1: no topic");
  }

  @Test
  void noMessage() {
    assertRefused(uncompressed(Block.Builder::clearCount)).hasMessageContaining("no message");
    assertRefused(Records.oneBlock(new byte[0], Block.Builder::clearCount))
        .hasMessageContaining("no message");
  }

  /** A flipped bit in a tag would otherwise hide a field, and with it all that follows. */
  @Test
  void aFieldOfTheWrongWireType() {
    assertRefused(withRawField(4, ByteString.copyFromUtf8("40")))
        .hasMessageContaining("field 4 of a block has the wrong wire type");
  }

  @Test
  void stringsThatAreNoUtf8() {
    ByteString wrong = ByteString.copyFrom(new byte[] {'a', (byte) 0xff});
    assertRefused(withRawField(1, wrong)).hasMessageContaining("topic is no UTF-8");
    assertRefused(withRawField(2, wrong)).hasMessageContaining("producer is no UTF-8");
    byte[] key =
        Messages.newBuilder()
            .addMessage(
                io.scribbler.record.proto.Message.newBuilder().setUnknownFields(field(3, wrong)))
            .build()
            .toByteArray();
    assertRefused(Records.oneBlock(key, block -> block.setCount(1)))
        .hasMessageContaining("key of a message is no UTF-8");
  }

  private static byte[] withRawField(int number, ByteString value) {
    return uncompressed(block -> block.setUnknownFields(field(number, value)));
  }

  private static UnknownFieldSet field(int number, ByteString value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build())
        .build();
  }

  /** Of each wire type, groups included, in record, block and message. */
  @Test
  void unknownFieldsArePassedOver() {
    UnknownFieldSet inner =
        UnknownFieldSet.newBuilder()
            .addField(1000, UnknownFieldSet.Field.newBuilder().addVarint(-1).build())
            .build();
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(
                99,
                UnknownFieldSet.Field.newBuilder()
                    .addVarint(7)
                    .addFixed32(1)
                    .addFixed64(2)
                    .addLengthDelimited(ByteString.copyFromUtf8("later"))
                    .addGroup(inner)
                    .build())
            .build();
    Messages.Builder messages = Messages.newBuilder().setUnknownFields(unknown);
    messages.addMessageBuilder().setData(ByteString.copyFromUtf8("x")).setUnknownFields(unknown);
    byte[] body = messages.build().toByteArray();
    byte[] one = Records.oneBlock(body, block -> block.setCount(1).setUnknownFields(unknown));
    byte[] record = concat(one, unknown.toByteArray());

    assertThat(texts(record)).containsExactly("x");
  }

  @Test
  void groupsWithoutAnEnd() {
    byte[] open = new byte[100];
    Arrays.fill(open, (byte) 0x7b); // field 15 begins a group
    byte[] good = uncompressed(block -> {});
    assertRefused(concat(good, open)).hasMessageContaining("groups more than 64 deep");
    assertRefused(concat(good, new byte[] {0x7c})).hasMessageContaining("never began");
  }

  @Test
  void lengthsInTheBodyThatLie() {
    byte[] body = BODY.clone();
    body[1] = 100;
    assertRefused(Records.oneBlock(body, block -> block.setCount(2)))
        .hasMessageContaining("a length past the end");
    body = BODY.clone();
    body[3] = (byte) (body[3] + 1); // past its message, though not past the body
    byte[] past = body;
    assertRefused(Records.oneBlock(past, block -> block.setCount(2)))
        .hasMessageContaining("a length past the end");
  }

  @Test
  void rawSizeThatDoesNotMatch() {
    String reason = "raw_size does not match";
    for (int difference : new int[] {-1, 1, 500_000}) {
      int size = BODY.length + difference;
      assertRefusedCheaply(uncompressed(b -> b.setRawSize(size)), reason);
      assertRefusedCheaply(
          Records.oneBlock(zstd(BODY), b -> b.setCodecValue(1).setCount(2).setRawSize(size)),
          reason);
      assertRefusedCheaply(
          Records.oneBlock(gzip(BODY), b -> b.setCodecValue(2).setCount(2).setRawSize(size)),
          reason);
    }
  }

  /** Only the end of such a frame tells what it holds. */
  @Test
  void rawSizeThatDoesNotMatchAFrameThatDoesNotSay() {
    byte[] frame;
    try (ZstdCompressCtx zstd = new ZstdCompressCtx().setContentSize(false)) {
      frame = zstd.compress(BODY);
    }
    assertThat(texts(compressed(1, frame))).containsExactly("hello", "world");
    for (int difference : new int[] {-1, 1, 500_000}) {
      int size = BODY.length + difference;
      assertRefused(Records.oneBlock(frame, b -> b.setCodecValue(1).setCount(2).setRawSize(size)))
          .hasMessageContaining("raw_size does not match");
    }
  }

  /** As protobuf reads it: a number of 64 bits in a field of 32 is cut, not added whole. */
  @Test
  void aTimeDeltaOfTooManyBits() {
    Messages.Builder messages = Messages.newBuilder();
    messages.addMessageBuilder().setUnknownFields(varint(2, -1));
    byte[] record = Records.oneBlock(messages.build().toByteArray(), b -> b.setBaseTimeMillis(-5));

    assertThat(read(record).get(0).timeMillis()).isEqualTo(-5 + 0xffffffffL);
  }

  @Test
  void somethingAfterTheCompressedBody() {
    byte[] skippable = {0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 9};
    assertRefused(compressed(1, concat(zstd(BODY), new byte[1]))).hasMessageContaining("after");
    assertRefused(compressed(1, concat(zstd(BODY), zstd(new byte[0]))))
        .hasMessageContaining("after the zstd frame");
    assertRefused(compressed(1, concat(zstd(BODY), skippable))).hasMessageContaining("after");
    assertRefused(compressed(1, concat(skippable, zstd(BODY))))
        .hasMessageContaining("no zstd frame");
    // What follows ends as the member itself does, so that only the place of the end tells.
    byte[] member = gzip(BODY);
    byte[] trailer = Arrays.copyOfRange(member, member.length - 8, member.length);
    assertRefused(compressed(2, concat(member, trailer)))
        .hasMessageContaining("something after the gzip member: 8 bytes");
    assertRefused(compressed(2, concat(gzip(new byte[0]), member)))
        .hasMessageContaining("raw_size does not match");
    assertRefused(compressed(2, concat(member, new byte[1]))).hasMessageContaining("raw_size");
  }

  @Test
  void compressedBodiesCutShort() {
    byte[] frame = zstd(BODY);
    byte[] member = gzip(BODY);
    for (int length = 0; length < frame.length; length++) {
      assertRefused(compressed(1, Arrays.copyOf(frame, length)));
    }
    for (int length = 0; length < member.length; length++) {
      assertRefused(compressed(2, Arrays.copyOf(member, length)));
    }
  }

  @Test
  void gzipChecksumThatDoesNotMatch() {
    byte[] member = gzip(BODY);
    member[member.length - 8]++;

    assertRefused(compressed(2, member)).hasMessageContaining("checksum of the gzip member");
  }

  /** Extra field, name, comment and the header's own CRC are there to be passed over. */
  @Test
  void gzipHeadersOfAllKinds() {
    byte[] member = gzip(BODY);
    byte[] rest = Arrays.copyOfRange(member, 10, member.length);
    byte[] header = Arrays.copyOf(member, 10);
    header[3] = 2 | 4 | 8 | 16;
    byte[] optional = {3, 0, 1, 2, 3, 'n', 0, 'c', 'c', 0, 9, 9};
    assertThat(texts(compressed(2, concat(header, optional, rest))))
        .containsExactly("hello", "world");
    header[3] = (byte) 0x80;
    assertRefused(compressed(2, concat(header, rest))).hasMessageContaining("no gzip member");
    header[3] = 4;
    byte[] longExtra = {(byte) 0xff, (byte) 0xff};
    assertRefused(compressed(2, concat(header, longExtra, rest))).hasMessageContaining("header");
  }

  /** 256 MiB of zeros in a frame of some kilobytes that doesn't say what it holds. */
  @Test
  void zstdBomb() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = new com.github.luben.zstd.ZstdOutputStream(bytes)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 256; i++) {
        out.write(zeros);
      }
    }
    byte[] bomb = bytes.toByteArray();
    assertThat(bomb.length).isLessThan(100_000);
    assertThat(Zstd.getFrameContentSize(bomb)).isLessThanOrEqualTo(0);

    assertRefusedCheaply(
        Records.oneBlock(bomb, block -> block.setCodecValue(1).setRawSize(1000)),
        "raw_size does not match");
    long allocated =
        Allocation.of(
            () ->
                assertRefused(
                        Records.oneBlock(
                            bomb, block -> block.setCodecValue(1).setRawSize(16 << 20)))
                    .hasMessageContaining("raw_size does not match"));
    assertThat(allocated).isLessThan(18 << 20);
  }

  /** A frame that honestly says that it holds 64 MiB. */
  @Test
  void honestZstdBomb() {
    byte[] bomb = zstd(new byte[64 << 20]);

    assertRefusedCheaply(
        Records.oneBlock(bomb, block -> block.setCodecValue(1).setRawSize(16 << 20)),
        "raw_size does not match");
    assertRefusedCheaply(
        Records.oneBlock(bomb, block -> block.setCodecValue(1).setRawSize(64 << 20)),
        "raw_size over the bound");
  }

  /** 64 MiB of zeros in a member that ends as if it held 1,000 bytes. */
  @Test
  void gzipBomb() {
    byte[] bomb = gzip(new byte[64 << 20]);
    ProtoSize.putFixed32(bomb, bomb.length - 4, 1000);

    assertRefusedCheaply(
        Records.oneBlock(bomb, block -> block.setCodecValue(2).setRawSize(1000)),
        "raw_size does not match");
  }

  @Test
  void zstdWithADictionary() {
    byte[][] samples = new byte[200][];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = ("GET /pixel.gif?user=" + i * 7919 + "&campaign=" + i % 13).getBytes(UTF_8);
    }
    byte[] trained = new byte[4096];
    long size = Zstd.trainFromBuffer(samples, trained);
    byte[] dictionary = Arrays.copyOf(trained, (int) size);
    try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      zstd.loadDict(dictionary);
      assertRefused(compressed(1, zstd.compress(BODY)))
          .hasMessageContaining("zstd frame is broken");
    }
  }

  @Test
  void tooManyAttributes() {
    byte[] record =
        uncompressed(
            block -> {
              for (int i = 0; i <= Limits.MAX_ATTRIBUTES; i++) {
                block.putAttributes("key " + i, "");
              }
            });
    assertRefused(record).hasMessageContaining("more than 1024 attributes");
    Messages.Builder messages = Messages.newBuilder();
    for (int i = 0; i <= Limits.MAX_ATTRIBUTES; i++) {
      String key = "key " + i;
      if (i == 0) {
        messages.addMessageBuilder();
      }
      messages.getMessageBuilder(0).putAttributes(key, "");
    }
    byte[] body = messages.build().toByteArray();
    assertRefused(Records.oneBlock(body, block -> block.setCount(1)))
        .hasMessageContaining("more than 1024 attributes");
  }

  @Test
  void aNumberOfMoreThan64Bits() {
    byte[] tag = new byte[11];
    Arrays.fill(tag, (byte) 0x80);
    byte[] record = concat(Records.firehose(Record.getDefaultInstance()), tag);

    assertRefused(record).hasMessage("not a record: a number of more than 64 bits");
  }

  @Test
  void kplWithoutRoomForItsMd5() {
    byte[] record = Kpl.seal(new byte[0]);
    assertThat(read(record)).isEmpty();
    for (int length = 4; length < record.length; length++) {
      assertRefused(Arrays.copyOf(record, length)).hasMessageContaining("cut short");
    }
  }

  @Test
  void kplWithIndexesThatAreInNoTable() {
    byte[] noKey = Kpl.aggregate(record -> record.addRecordsBuilder().setPartitionKeyIndex(1));
    assertRefused(noKey).hasMessageContaining("message 1 has a partition key");
    byte[] noHashKey =
        Kpl.aggregate(
            record ->
                record.addRecordsBuilder().setPartitionKeyIndex(0).setExplicitHashKeyIndex(-1));
    assertRefused(noHashKey).hasMessageContaining("message 1 has an explicit hash key");
  }

  @Test
  void kplWithoutAKeyAtAll() {
    byte[] none = Kpl.aggregate(record -> record.addRecordsBuilder().clearPartitionKeyIndex());

    assertRefused(none).hasMessageContaining("message 1 has a partition key");
  }
}
