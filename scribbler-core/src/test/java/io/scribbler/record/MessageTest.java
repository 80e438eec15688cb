package io.scribbler.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MessageTest {
  private static Message message(String producer, long sequence, int... data) {
    byte[] bytes = new byte[data.length];
    for (int i = 0; i < data.length; i++) {
      bytes[i] = (byte) data[i];
    }
    return new Message("t", producer, -1, sequence, 5, "k", Map.of("a", "b"), bytes);
  }

  @Test
  void equalWhenAllIsEqual() {
    assertThat(message("p", 1, 2, 3))
        .isEqualTo(message("p", 1, 2, 3))
        .hasSameHashCodeAs(message("p", 1, 2, 3))
        .isNotEqualTo(message("p", 1, 2, 4))
        .isNotEqualTo(message("p", 2, 2, 3))
        .isNotEqualTo(message(null, 1, 2, 3));
  }

  /** The largest sequence looks like the -1 of those that have none. */
  @Test
  void identifiedByTheProducer() {
    assertThat(message("p", -1).identified()).isTrue();
    assertThat(message(null, -1).identified()).isFalse();
  }

  @Test
  void saysWhichWithoutItsBytes() {
    assertThat(message("p", -1, 7, 7))
        .hasToString("Message[p/18446744073709551615/t/18446744073709551615, time 5, 2 bytes]");
    assertThat(message(null, -1)).hasToString("Message[t/unidentified, time 5, 0 bytes]");
  }

  @Test
  void attributesAreTakenOver() {
    Map<String, String> attributes = new HashMap<>(Map.of("a", "b"));
    Message message = new Message("t", null, 0, -1, 0, "", attributes, new byte[0]);
    attributes.clear();

    assertThat(message.attributes()).containsExactly(Map.entry("a", "b"));
    assertThatThrownBy(() -> message.attributes().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
