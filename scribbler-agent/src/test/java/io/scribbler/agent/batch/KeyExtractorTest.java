package io.scribbler.agent.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.config.KeyRule;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyExtractorTest {
  private static String key(KeyExtractor extractor, byte[] message) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(message.length + 7).position(3);
    buffer.put(message).put(new byte[] {'x', ' ', 'y', ','}).clear();
    byte[] key = extractor.keyOf(buffer, 3, message.length);
    return key == null ? null : new String(key, StandardCharsets.UTF_8);
  }

  private static String key(String rule, String message) {
    return key(KeyExtractor.of(KeyRule.parse(rule)), message.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "field:1, 'a b c', a",
    "field:2, 'a b c', b",
    "field:3, 'a b c', c",
    "field:4, 'a b c',",
    "field:1, '',",
    "field:2, 'a  c',",
    "field:2, 'a ',",
    "'field:2:,', 'a,b b,c', b b",
    "field:1, 'äöü x', äöü",
    "none, 'a b',",
    "json:id, '{\"id\":\"u1\",\"b\":2}', u1",
    "json:id, '{\"b\":{\"id\":\"no\"},\"id\":17}', 17",
    "json:id, '{\"id\":true}', true",
    "json:id, '{\"id\":null}',",
    "json:id, '{\"id\":{\"x\":1}}',",
    "json:id, '{\"id\":\"\"}',",
    "json:id, '{\"b\":1}',",
    "json:id, '[{\"id\":1}]',",
    "json:id, 'no json',",
    "json:id, '{\"id\":',",
    "json:id, '{\"id\":\"\\u00e4\"} and rubbish', ä"
  })
  void keyIsWhatTheRuleSays(String rule, String message, String key) {
    assertThat(key(rule, message)).isEqualTo(key);
  }

  @Test
  void tabSeparatesToo() {
    assertThat(key("field:2:\\t", "a\tb c\td")).isEqualTo("b c");
  }

  @Test
  void keyOfBytesThatAreNoUtf8IsTakenAsLatin1() {
    KeyExtractor extractor = KeyExtractor.of(KeyRule.parse("field:1"));
    assertThat(key(extractor, new byte[] {(byte) 0xe4, ' ', 'x'})).isEqualTo("ä");
    assertThat(key(extractor, new byte[] {(byte) 0xe4, ' ', 'x'})).isEqualTo("ä");
  }

  @Test
  void longKeyIsCutToWholeCharacters() {
    assertThat(key("field:1", "k".repeat(300))).isEqualTo("k".repeat(256));
    assertThat(key("field:1", "k" + "ä".repeat(300))).isEqualTo("k" + "ä".repeat(127));
    assertThat(key(KeyExtractor.constant("€".repeat(100)), new byte[0])).isEqualTo("€".repeat(85));
  }

  /** The extractor remembers the last key; that must never show. */
  @Property
  void fieldIsThatOfASplitWhateverCameBefore(@ForAll byte[][] messages) {
    KeyExtractor extractor = KeyExtractor.of(new KeyRule.Field(2, (byte) 5));
    for (byte[] message : messages) {
      KeyExtractor fresh = KeyExtractor.of(new KeyRule.Field(2, (byte) 5));
      assertThat(key(extractor, message)).isEqualTo(key(fresh, message));
    }
  }
}
