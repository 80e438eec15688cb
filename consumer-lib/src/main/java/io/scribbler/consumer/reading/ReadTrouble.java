package io.scribbler.consumer.reading;

import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/** What can be wrong with a call to Kinesis, by what a reader does about it. */
public enum ReadTrouble {
  /** The iterator is older than five minutes: another one is got. */
  EXPIRED_ITERATOR(""),
  /** Too many readers or bytes: slower. */
  THROTTLED("Kinesis throttles reading"),
  /** No such stream or shard. */
  MISSING("the stream is missing; create it, or check --stream, --region and the account"),
  /** It is being created, or changed. */
  NOT_READY("the stream is not ready yet"),
  /** No credentials at all. */
  NO_CREDENTIALS("no AWS credentials; set AWS_PROFILE, --profile or AWS_ACCESS_KEY_ID"),
  /** Credentials that are refused. */
  DENIED(
      "the AWS credentials are refused; they need kinesis:ListShards, GetShardIterator and"
          + " GetRecords, and kms:Decrypt for an encrypted stream"),
  /** The request itself is refused: it would be again. */
  INVALID("Kinesis refuses the request"),
  /** The network, or the service's own trouble. */
  TRANSIENT("Kinesis can't be reached or fails");

  private static final Set<String> DENIED_CODES =
      Set.of(
          "AccessDenied",
          "AccessDeniedException",
          "ExpiredToken",
          "ExpiredTokenException",
          "IncompleteSignature",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "MissingAuthenticationToken",
          "MissingAuthenticationTokenException",
          "OptInRequired",
          "UnrecognizedClientException");
  private static final Set<String> INVALID_CODES =
      Set.of("InvalidArgumentException", "ValidationException", "UnknownOperationException");

  private final String advice;

  ReadTrouble(String advice) {
    this.advice = advice;
  }

  /** One line on what it is and what to do. */
  public String advice() {
    return advice;
  }

  /** Whether an operator has to mend it. */
  public boolean needsOperator() {
    return this == MISSING || this == NO_CREDENTIALS || this == DENIED;
  }

  /** What it is that went wrong. */
  public static ReadTrouble of(SdkException e) {
    if (e instanceof ExpiredIteratorException) {
      return EXPIRED_ITERATOR;
    }
    if (e instanceof ProvisionedThroughputExceededException
        || e instanceof LimitExceededException) {
      return THROTTLED;
    }
    if (e instanceof ResourceNotFoundException) {
      return MISSING;
    }
    if (e instanceof ResourceInUseException) {
      return NOT_READY;
    }
    if (e instanceof AwsServiceException service) {
      return ofCode(service);
    }
    String message = e.getMessage();
    return e instanceof SdkClientException && message != null && message.contains("credentials")
        ? NO_CREDENTIALS
        : TRANSIENT;
  }

  private static ReadTrouble ofCode(AwsServiceException e) {
    String code = e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode();
    if (code == null) {
      return TRANSIENT;
    }
    if (DENIED_CODES.contains(code) || code.startsWith("KMS")) {
      return code.equals("KMSThrottlingException") ? THROTTLED : DENIED;
    }
    if (INVALID_CODES.contains(code)) {
      return INVALID;
    }
    return e.isThrottlingException() ? THROTTLED : TRANSIENT;
  }

  /** The message of an exception in one line. */
  public static String oneLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.replaceAll("\\s+", " ").strip();
  }
}
