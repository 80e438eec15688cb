package io.scribbler.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TopicsTest {
  @ParameterizedTest
  @ValueSource(strings = {"impressions", "a", "A.b_c-9", "-", "..", "0_"})
  void accepted(String topic) {
    assertThat(Topics.accepted(topic)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "_trace", "a b", "a/b", "ödd", "a\n", "a:b", "a@", "a[", "a`", "a{"})
  void refused(String topic) {
    assertThat(Topics.accepted(topic)).isFalse();
  }

  @Test
  void theLongest() {
    assertThat(Topics.accepted("x".repeat(128))).isTrue();
    assertThat(Topics.accepted("x".repeat(129))).isFalse();
  }
}
