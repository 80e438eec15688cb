package io.scribbler.agent.deadletter;

import java.io.IOException;
import java.util.List;

/**
 * Letters that are made when they are written, so that what waits for the disk is held as compactly
 * as it came. Told again when the disk failed.
 */
@FunctionalInterface
public interface Letters {
  /** Gives the letters to the writer, one after the other, always the same. */
  void tell(Writer to) throws IOException;

  /** Takes letters; their data is not kept after the call. */
  @FunctionalInterface
  interface Writer {
    void write(DeadLetter letter) throws IOException;
  }

  /** Letters that are there already. */
  static Letters of(List<DeadLetter> letters) {
    return to -> {
      for (DeadLetter letter : letters) {
        to.write(letter);
      }
    };
  }
}
