package io.scribbler.consumer;

/**
 * A letter on its way into a file. The thread that writes it says how that went, before it hands it
 * back under the lock of {@link DeadLetterFile}.
 */
final class PendingLetter {
  private final DeadLetter letter;
  private Throwable failure; // null: none so far
  private boolean settled; // guarded by the DeadLetterFile

  PendingLetter(DeadLetter letter) {
    this.letter = letter;
  }

  DeadLetter letter() {
    return letter;
  }

  /** It is not kept; the first reason counts. */
  void fail(Throwable reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  Throwable failure() {
    return failure;
  }

  void settle() {
    settled = true;
  }

  boolean isSettled() {
    return settled;
  }
}
