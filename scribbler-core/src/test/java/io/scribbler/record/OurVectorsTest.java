package io.scribbler.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.scribbler.record.proto.Block;
import io.scribbler.record.proto.Record;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What we write today is, byte for byte, what we wrote when the files were made. */
final class OurVectorsTest {
  static Stream<String> firehose() {
    return Vectors.names(Vectors.OURS, "firehose-");
  }

  @Test
  void everyRecordHasItsFile() {
    assertThat(OurVectors.records().keySet())
        .containsExactlyInAnyOrderElementsOf(Vectors.names(Vectors.OURS, "").toList());
  }

  @Test
  void uncompressedRecordsAreTheSameBytes() {
    for (String name : List.of("firehose-none", "kpl")) {
      assertThat(OurVectors.records().get(name)).isEqualTo(Vectors.bytes(Vectors.OURS, name));
    }
  }

  /** A compressor's other version may give other bytes; everything around them stays. */
  @ParameterizedTest
  @MethodSource("firehose")
  void compressedRecordsDifferAtMostInTheirBodies(String name) throws Exception {
    assertThat(withoutBodies(OurVectors.records().get(name)))
        .isEqualTo(withoutBodies(Vectors.bytes(Vectors.OURS, name)));
  }

  private static Record withoutBodies(byte[] record) throws Exception {
    Record.Builder parsed =
        Record.parseFrom(Arrays.copyOfRange(record, 4, record.length)).toBuilder();
    parsed.getBlocksBuilderList().forEach(Block.Builder::clearBody);
    parsed.getBlocksBuilderList().forEach(Block.Builder::clearCrc32C);
    return parsed.build();
  }

  @ParameterizedTest
  @MethodSource("firehose")
  void areReadAsDescribed(String name) {
    assertThat(RecordReader.messages(Vectors.bytes(Vectors.OURS, name)))
        .hasSize(4)
        .containsExactlyElementsOf(Vectors.messages(Vectors.OURS, name));
  }

  @Test
  void theAggregateIsReadAsDescribed() {
    JsonNode expected = Vectors.json(Vectors.OURS, "kpl");
    int i = 0;
    for (Message message : RecordReader.messages(Vectors.bytes(Vectors.OURS, "kpl"))) {
      JsonNode node = expected.get(i++);
      assertThat(message.key()).isEqualTo(node.get("partition_key").asText());
      assertThat(HexFormat.of().formatHex(message.data())).isEqualTo(node.get("data_hex").asText());
    }
    assertThat(i).isEqualTo(4);
  }
}
