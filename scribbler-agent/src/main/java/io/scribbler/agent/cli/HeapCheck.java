package io.scribbler.agent.cli;

import java.util.function.Consumer;

/** Whether the JVM's heap can hold the memory budget. */
final class HeapCheck {
  private HeapCheck() {}

  /** What is needed beside the messages: requests on their way out, and the program itself. */
  private static long needed(long memoryBytes) {
    return memoryBytes + memoryBytes / 2 + (48L << 20);
  }

  static void warnIfSmall(long memoryBytes, Consumer<String> warn) {
    long heap = Runtime.getRuntime().maxMemory();
    if (heap < needed(memoryBytes)) {
      warn.accept(
          "memory is "
              + (memoryBytes >> 20)
              + "MiB, but the JVM may use only "
              + (heap >> 20)
              + "MiB; set JAVA_OPTS=-Xmx"
              + (needed(memoryBytes) >> 20)
              + "m");
    }
  }
}
