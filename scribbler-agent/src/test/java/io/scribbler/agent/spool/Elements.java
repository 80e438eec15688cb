package io.scribbler.agent.spool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Elements for tests, and what a walk found of them. */
final class Elements {
  static final Destination DESTINATION = new Destination("firehose", "us-east-1", "");

  private Elements() {}

  /** A header that tells by its sequence which element it is of. */
  static ElementHeader header(long sequence) {
    return new ElementHeader(
        DESTINATION,
        "key-" + sequence,
        "170141183460469231731687303715884105728",
        sequence % 2 == 1,
        1_700_000_000_000L + sequence,
        List.of(
            new BlockHeader("clicks", "pixel-17", 7, sequence, 3, 100),
            new BlockHeader("größe", "pixel-17", -1, sequence, 1, 10),
            new BlockHeader("views", "other", 7, sequence, 1, 10)));
  }

  static byte[] data(long sequence, int length) {
    byte[] data = new byte[length];
    new Random(sequence).nextBytes(data);
    return data;
  }

  static int size(long sequence, int length) {
    return ElementCodec.size(header(sequence), length);
  }

  static long sequence(ElementHeader header) {
    return header.blocks().get(0).firstSequence();
  }

  /** What a walk tells. */
  static final class Found implements ElementVisitor {
    final List<Slot> slots = new ArrayList<>();
    final List<ElementHeader> headers = new ArrayList<>();
    final List<String> damages = new ArrayList<>();

    static Found in(Segment segment) throws IOException {
      Found found = new Found();
      segment.walk(found);
      return found;
    }

    @Override
    public void element(Slot slot, ElementHeader header) {
      slots.add(slot);
      headers.add(header);
    }

    @Override
    public void damaged(long from, long to, String what) {
      damages.add(from + "-" + to + " " + what);
    }

    List<Long> sequences() {
      return headers.stream().map(Elements::sequence).toList();
    }
  }
}
