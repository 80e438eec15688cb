package io.scribbler.record;

import com.google.protobuf.ByteString;
import io.scribbler.record.proto.Block;
import io.scribbler.record.proto.Record;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Records for tests, made with the generated classes so that anything can be wrong with them. */
final class Records {
  private static final ByteString HEADER =
      ByteString.copyFrom(new byte[] {(byte) 0xF1, 0x5C, 1, 0});

  private Records() {}

  static byte[] firehose(Record record) {
    return HEADER.concat(record.toByteString()).toByteArray();
  }

  /** A record of one block of this body, changed as told; the checksum is right unless changed. */
  static byte[] oneBlock(byte[] body, Consumer<Block.Builder> change) {
    Block.Builder block =
        Block.newBuilder()
            .setTopic("t")
            .setProducer("p")
            .setCount(1)
            .setBody(ByteString.copyFrom(body))
            .setRawSize(body.length)
            .setCrc32C(crc32c(body));
    change.accept(block);
    return firehose(Record.newBuilder().addBlocks(block).build());
  }

  static int crc32c(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body, 0, body.length);
    return (int) crc.getValue();
  }
}
