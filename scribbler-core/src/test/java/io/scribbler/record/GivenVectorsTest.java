package io.scribbler.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Records written by others: each is read as the file beside it says. */
final class GivenVectorsTest {
  static Stream<String> firehose() {
    return Vectors.names(Vectors.GIVEN, "firehose-");
  }

  static Stream<String> kpl() {
    return Vectors.names(Vectors.GIVEN, "kpl-");
  }

  static Stream<String> bad() {
    return Vectors.names(Vectors.GIVEN, "bad-");
  }

  @Test
  void allKindsAreThere() {
    assertThat(firehose()).hasSizeGreaterThanOrEqualTo(8);
    assertThat(kpl()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(bad()).hasSizeGreaterThanOrEqualTo(13);
  }

  @ParameterizedTest
  @MethodSource("firehose")
  void firehoseRecordsAreRead(String name) {
    List<Message> expected = Vectors.messages(Vectors.GIVEN, name);

    assertThat(RecordReader.messages(Vectors.given(name))).containsExactlyElementsOf(expected);
  }

  @ParameterizedTest
  @MethodSource("firehose")
  void directBuffersAreReadLikeArrays(String name) {
    byte[] bytes = Vectors.given(name);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 7).position(3);
    direct.put(bytes).flip().position(3);
    List<Message> messages = new ArrayList<>();
    try (RecordReader reader = new RecordReader().open(direct)) {
      while (reader.nextBlock()) {
        while (reader.nextMessage()) {
          messages.add(reader.message());
        }
      }
    }

    assertThat(messages).isEqualTo(Vectors.messages(Vectors.GIVEN, name));
    assertThat(direct.position()).isEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("kpl")
  void kplRecordsAreRead(String name) {
    RecordContext context = new RecordContext("stream", "outer", 1_795_370_000_123L);
    byte[] bytes = Vectors.given(name);
    try (RecordReader reader = new RecordReader().open(bytes, 0, bytes.length, context)) {
      assertThat(reader.format()).isEqualTo(RecordFormat.KPL);
      assertThat(reader.nextBlock()).isTrue();
      assertThat(reader.block().identified()).isFalse();
      JsonNode expected = Vectors.json(Vectors.GIVEN, name);
      assertThat(reader.block().count()).isEqualTo(expected.size());
      for (JsonNode node : expected) {
        assertThat(reader.nextMessage()).isTrue();
        Message message = reader.message();
        assertThat(message.key()).isEqualTo(node.get("partition_key").asText());
        assertThat(reader.explicitHashKey()).isEqualTo(node.get("explicit_hash_key").textValue());
        assertThat(HexFormat.of().formatHex(message.data()))
            .isEqualTo(node.get("data_hex").asText());
        assertThat(message.topic()).isEqualTo("stream");
        assertThat(message.timeMillis()).isEqualTo(1_795_370_000_123L);
        assertThat(message.identified()).isFalse();
        assertThat(message.sequence()).isEqualTo(-1);
      }
      assertThat(reader.nextMessage()).isFalse();
      assertThat(reader.nextBlock()).isFalse();
    }
  }

  /** Refused for the reason that its file gives, in one line, before it yields a message. */
  @ParameterizedTest
  @MethodSource("bad")
  void brokenRecordsAreRefused(String name) {
    String reason = Vectors.json(Vectors.GIVEN, name).get("error").asText();
    String words = reason.contains(",") ? reason.substring(0, reason.indexOf(',')) : reason;
    List<Message> yielded = new ArrayList<>();

    assertThatThrownBy(() -> RecordReader.messages(Vectors.given(name)).forEach(yielded::add))
        .isInstanceOf(RecordFormatException.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("\n");
    assertThat(yielded).isEmpty();
  }
}
