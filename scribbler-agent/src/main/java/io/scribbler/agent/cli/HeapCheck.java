package io.scribbler.agent.cli;

import java.util.Optional;

/** Whether the JVM's heap can hold the memory budget. */
final class HeapCheck {
  private HeapCheck() {}

  /** What is needed beside the messages: requests on their way out, and the program itself. */
  private static long needed(long memoryBytes) {
    return memoryBytes + memoryBytes / 2 + (48L << 20);
  }

  /** What to do if it can't: a full budget would end in an OutOfMemoryError, not in waiting. */
  static Optional<String> tooSmallFor(long memoryBytes) {
    long heap = Runtime.getRuntime().maxMemory();
    if (heap >= needed(memoryBytes)) {
      return Optional.empty();
    }
    return Optional.of(
        "memory is "
            + (memoryBytes >> 20)
            + "MiB, but the JVM may use only "
            + (heap >> 20)
            + "MiB: set JAVA_OPTS=-Xmx"
            + (needed(memoryBytes) >> 20)
            + "m, or less memory");
  }
}
