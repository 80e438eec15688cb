package io.scribbler.consumer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

final class ReadTroubleTest {
  @ParameterizedTest
  @CsvSource({
    "ExpiredTokenException,       DENIED",
    "UnrecognizedClientException, DENIED",
    "AccessDeniedException,       DENIED",
    "KMSDisabledException,        DENIED",
    "KMSThrottlingException,      THROTTLED",
    "ThrottlingException,         THROTTLED",
    "InvalidArgumentException,    INVALID",
    "ValidationException,         INVALID",
    "InternalFailure,             TRANSIENT",
    "SomethingNew,                TRANSIENT",
  })
  void knowsTheServicesErrorsByTheirCode(String code, ReadTrouble trouble) {
    assertThat(
            ReadTrouble.of(
                (KinesisException)
                    KinesisException.builder()
                        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
                        .build()))
        .isEqualTo(trouble);
  }

  @Test
  void knowsTheModelledErrors() {
    assertThat(ReadTrouble.of(ExpiredIteratorException.builder().build()))
        .isEqualTo(ReadTrouble.EXPIRED_ITERATOR);
    assertThat(ReadTrouble.of(ProvisionedThroughputExceededException.builder().build()))
        .isEqualTo(ReadTrouble.THROTTLED);
    assertThat(ReadTrouble.of(ResourceNotFoundException.builder().build()))
        .isEqualTo(ReadTrouble.MISSING);
    assertThat(ReadTrouble.of(ResourceInUseException.builder().build()))
        .isEqualTo(ReadTrouble.NOT_READY);
  }

  @Test
  void knowsMissingCredentialsFromNoNetwork() {
    assertThat(
            ReadTrouble.of(
                SdkClientException.create(
                    "Unable to load credentials from any of the providers in the chain")))
        .isEqualTo(ReadTrouble.NO_CREDENTIALS);
    assertThat(ReadTrouble.of(SdkClientException.create("Connection refused")))
        .isEqualTo(ReadTrouble.TRANSIENT);
  }
}
