package io.scribbler.agent.spool;

/** A spooled record, read whole and found intact. The array belongs to whoever read it. */
final class Element {
  private final ElementHeader header;
  private final byte[] data;

  Element(ElementHeader header, byte[] data) {
    this.header = header;
    this.data = data;
  }

  ElementHeader header() {
    return header;
  }

  byte[] data() {
    return data;
  }
}
