package io.scribbler.agent.aws;

/** Access to AWS can't be set up as asked: one line that says what is wrong and what to do. */
public final class AwsSetupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AwsSetupException(String message) {
    super(message);
  }

  AwsSetupException(String message, Throwable cause) {
    super(message, cause);
  }
}
