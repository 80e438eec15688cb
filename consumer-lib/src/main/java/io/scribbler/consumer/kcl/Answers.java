package io.scribbler.consumer.kcl;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Waits for what AWS's asynchronous clients answer. */
final class Answers {
  private static final long SECONDS = 35;

  private Answers() {}

  /**
   * The answer, or the exception that the service or its client has for it.
   *
   * @throws SdkClientException also when nothing came in 35 s
   */
  static <T> T of(CompletableFuture<T> answer) throws InterruptedException {
    try {
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw SdkClientException.create(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw SdkClientException.create("no answer in " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
  }
}
