package io.scribbler.agent.spool;

/** Is told what {@link Segment#walk} finds, in the order in which it lies in the file. */
interface ElementVisitor {
  /** An element whose header is intact; its data is checked when it is read. */
  void element(Slot slot, ElementHeader header);

  /**
   * Bytes that are not what was written.
   *
   * @param from the first of them
   * @param to behind the last; may lie behind the end of a file that was cut short
   * @param what a few words
   */
  void damaged(long from, long to, String what);
}
