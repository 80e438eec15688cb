package io.scribbler.record;

import com.google.protobuf.InvalidProtocolBufferException;
import io.scribbler.record.proto.Record;
import java.util.Arrays;

/** Broken records with their checksums made right again, as far as they can be parsed. */
final class Mended {
  private Mended() {}

  static byte[] checksums(byte[] record) {
    return switch (RecordFormat.of(record, 0, record.length)) {
      case FIREHOSE -> firehose(record);
      case KPL ->
          record.length < 20 ? record : Kpl.seal(Arrays.copyOfRange(record, 4, record.length - 16));
      case PLAIN -> record;
    };
  }

  private static byte[] firehose(byte[] record) {
    Record.Builder parsed;
    try {
      parsed = Record.parseFrom(Arrays.copyOfRange(record, 4, record.length)).toBuilder();
    } catch (InvalidProtocolBufferException e) {
      return record;
    }
    parsed
        .getBlocksBuilderList()
        .forEach(block -> block.setCrc32C(Records.crc32c(block.getBody().toByteArray())));
    return Records.firehose(parsed.build());
  }
}
