package io.scribbler.agent.send;

import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** Tells what kind of failure an error code or exception of the AWS SDK is. */
final class Failures {
  private static final Set<String> THROTTLED =
      Set.of(
          "ProvisionedThroughputExceededException",
          "LimitExceededException",
          "KMSThrottlingException",
          "ThrottlingException",
          "Throttling",
          "TooManyRequestsException",
          "RequestLimitExceeded",
          "SlowDown");

  private static final Set<String> HOLD =
      Set.of(
          "ResourceNotFoundException",
          "AccessDeniedException",
          "AccessDenied",
          "UnrecognizedClientException",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "SignatureDoesNotMatch",
          "IncompleteSignature",
          "MissingAuthenticationToken",
          "MissingAuthenticationTokenException",
          "NotAuthorized",
          "OptInRequired",
          "ExpiredToken",
          "ExpiredTokenException",
          "RequestExpired",
          "KMSAccessDeniedException",
          "KMSDisabledException",
          "KMSInvalidStateException",
          "KMSNotFoundException",
          "KMSOptInRequired");

  private static final Set<String> REFUSED =
      Set.of("InvalidArgumentException", "ValidationException", "SerializationException");

  private Failures() {}

  static Failure ofCode(String code, String message) {
    return new Failure(kindOfCode(code, 500), text(code, message));
  }

  static Failure of(SdkException exception) {
    if (exception instanceof AwsServiceException service) {
      String code =
          service.awsErrorDetails() == null
              ? "HTTP " + service.statusCode()
              : service.awsErrorDetails().errorCode();
      String message =
          service.awsErrorDetails() == null
              ? service.getMessage()
              : service.awsErrorDetails().errorMessage();
      return new Failure(
          kindOfCode(String.valueOf(code), service.statusCode()), text(code, message));
    }
    String message = oneLine(exception);
    return new Failure(lacksCredentials(exception) ? Kind.HOLD : Kind.TRANSIENT, message);
  }

  /** What the SDK does not foresee, an answer that it can't read for example. */
  static Failure ofUnexpected(RuntimeException exception) {
    return new Failure(
        Kind.TRANSIENT, exception.getClass().getSimpleName() + ": " + oneLine(exception));
  }

  private static Kind kindOfCode(String code, int status) {
    if (THROTTLED.contains(code) || status == 429) {
      return Kind.THROTTLED;
    }
    if (HOLD.contains(code) || status == 401 || status == 403) {
      return Kind.HOLD;
    }
    if (REFUSED.contains(code) || status == 413) {
      return Kind.REFUSED;
    }
    return status >= 500 ? Kind.TRANSIENT : Kind.HOLD;
  }

  /** The SDK has no exception of its own for a provider chain that found nothing. */
  private static boolean lacksCredentials(SdkException exception) {
    if (!(exception instanceof SdkClientException) || exception.getMessage() == null) {
      return false;
    }
    String message = exception.getMessage().toLowerCase(Locale.ROOT);
    return message.contains("credentials") || message.contains("profile");
  }

  private static String text(String code, String message) {
    return message == null || message.isBlank() ? code : code + ": " + firstLine(message);
  }

  private static String oneLine(Throwable exception) {
    String message = firstLine(String.valueOf(exception.getMessage()));
    Throwable cause = exception.getCause();
    if (cause != null && cause.getMessage() != null && !message.contains(cause.getMessage())) {
      message +=
          " (" + cause.getClass().getSimpleName() + ": " + firstLine(cause.getMessage()) + ")";
    }
    return message;
  }

  private static String firstLine(String text) {
    String line = text.lines().findFirst().orElse("");
    return line.length() > 300 ? line.substring(0, 300) + "…" : line;
  }
}
