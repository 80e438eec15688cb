package io.scribbler.agent.spool;

/**
 * Where an element lies in its segment.
 *
 * @param index which one of the segment it is, from 0; what a done mark names
 * @param offset where Tape's element begins: the byte of its length
 * @param length bytes of the whole on disk, Tape's four bytes of length included
 * @param dataLength bytes of the record
 */
record Slot(int index, int offset, int length, int dataLength) {
  int end() {
    return offset + length;
  }
}
