package io.scribbler.local;

/** A refusal as the service words it: its name, its HTTP status and one line. */
final class ApiException extends RuntimeException {
  private final String type;
  private final int status;

  ApiException(String type, int status, String message) {
    super(message, null, false, false);
    this.type = type;
    this.status = status;
  }

  static ApiException notFound(String message) {
    return new ApiException("ResourceNotFoundException", 400, message);
  }

  static ApiException inUse(String message) {
    return new ApiException("ResourceInUseException", 400, message);
  }

  static ApiException invalid(String message) {
    return new ApiException("InvalidArgumentException", 400, message);
  }

  static ApiException validation(String message) {
    return new ApiException("ValidationException", 400, message);
  }

  static ApiException limit(String message) {
    return new ApiException("LimitExceededException", 400, message);
  }

  static ApiException throttled(String message) {
    return new ApiException("ProvisionedThroughputExceededException", 400, message);
  }

  static ApiException unreadable(String message) {
    return new ApiException("SerializationException", 400, message);
  }

  static ApiException internal(String message) {
    return new ApiException("InternalFailure", 500, message);
  }

  String type() {
    return type;
  }

  int status() {
    return status;
  }
}
