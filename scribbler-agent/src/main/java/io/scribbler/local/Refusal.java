package io.scribbler.local;

/** An error that every request of a stream with this fault gets, as the service words it. */
public enum Refusal {
  EXPIRED_TOKEN("ExpiredTokenException", "The security token included in the request is expired"),
  WRONG_CREDENTIALS(
      "UnrecognizedClientException", "The security token included in the request is invalid."),
  WRONG_SIGNATURE(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided."),
  ACCESS_DENIED(
      "AccessDeniedException",
      "User is not authorized to perform this operation because no identity-based policy allows it"),
  STREAM_NOT_FOUND("ResourceNotFoundException", "Stream under account 000000000000 not found."),
  KMS_ACCESS_DENIED("KMSAccessDeniedException", "User may not use the stream's KMS key."),
  KMS_DISABLED("KMSDisabledException", "The stream's KMS key is disabled."),
  KMS_INVALID_STATE("KMSInvalidStateException", "The stream's KMS key is pending deletion."),
  KMS_NOT_FOUND("KMSNotFoundException", "The stream's KMS key does not exist."),
  KMS_OPT_IN("KMSOptInRequired", "The account needs a subscription for the KMS service."),
  KMS_THROTTLED("KMSThrottlingException", "The rate of requests to the KMS key is exceeded."),
  LIMIT_EXCEEDED("LimitExceededException", "The rate of requests is exceeded.");

  private final String type;
  private final String message;

  Refusal(String type, String message) {
    this.type = type;
    this.message = message;
  }

  ApiException exception() {
    return new ApiException(type, 400, message);
  }
}
