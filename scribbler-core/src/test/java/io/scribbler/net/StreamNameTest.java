package io.scribbler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"firehose", "a", "A.b_c-9", ".", "_x"})
  void names(String name) {
    assertThat(StreamName.parse(name)).isEqualTo(new StreamName(name, null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "arn:aws:kinesis:us-east-1:123456789012:stream/firehose, us-east-1",
    "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/firehose, cn-north-1",
    "arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/firehose, us-gov-west-1",
    "arn:aws-iso-b:kinesis:us-isob-east-1:123456789012:stream/firehose, us-isob-east-1",
  })
  void arns(String arn, String region) {
    assertThat(StreamName.parse(arn)).isEqualTo(new StreamName("firehose", arn, region));
  }

  @Test
  void theLongestName() {
    String longest = "x".repeat(128);
    assertThat(StreamName.parse(longest).name()).isEqualTo(longest);
    assertThatIllegalArgumentException().isThrownBy(() -> StreamName.parse(longest + "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ström", "a/b", "a\n", "stream:1"})
  void noNames(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StreamName.parse(name))
        .withMessageContaining("not the name of a stream: '" + name + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arn:",
        "arn:aws:s3:::bucket",
        "arn:aws:kinesis:us-east-1:12345:stream/firehose",
        "arn:aws:kinesis:us-east-1:123456789012:firehose",
        "arn:azure:kinesis:us-east-1:123456789012:stream/firehose",
        "arn:aws:kinesis::123456789012:stream/firehose",
      })
  void noArns(String arn) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StreamName.parse(arn))
        .withMessageContaining("arn:aws:kinesis:REGION:ACCOUNT:stream/NAME");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arn:aws:kinesis:us-east-1:123456789012:stream/",
        "arn:aws:kinesis:us-east-1:123456789012:stream/a/consumer/b:1",
      })
  void arnsOfSomethingElse(String arn) {
    assertThatIllegalArgumentException().isThrownBy(() -> StreamName.parse(arn));
  }
}
