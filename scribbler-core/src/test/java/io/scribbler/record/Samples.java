package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Arbitrary blocks for the property tests. */
final class Samples {
  private Samples() {}

  /** What a message has in its block; key is null when there is none. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Sample(byte[] data, int timeDelta, String key) {
    byte[] keyBytes() {
      return key == null ? null : key.getBytes(UTF_8);
    }
  }

  record Block(
      String topic,
      String producer,
      long epoch,
      long firstSequence,
      long baseTime,
      Map<String, String> attributes,
      List<Sample> samples) {

    MessageBuffer buffer() {
      MessageBuffer buffer = new MessageBuffer(0);
      for (Sample sample : samples) {
        byte[] key = sample.keyBytes();
        int size =
            MessageBuffer.sizeOf(
                sample.data().length, sample.timeDelta(), key == null ? 0 : key.length);
        int before = buffer.size();
        buffer.ensureCapacity(before + size);
        buffer.append(sample.data(), 0, sample.data().length, sample.timeDelta(), key);
        if (buffer.size() != before + size) {
          throw new AssertionError("sizeOf says " + size + " for " + (buffer.size() - before));
        }
      }
      return buffer;
    }

    byte[] encode(BlockEncoder encoder) {
      return encoder.encode(topic, producer, epoch, firstSequence, baseTime, attributes, buffer());
    }

    List<Message> messages() {
      Message[] all = new Message[samples.size()];
      for (int i = 0; i < all.length; i++) {
        Sample sample = samples.get(i);
        all[i] =
            new Message(
                topic,
                producer,
                epoch,
                firstSequence + i,
                baseTime + (sample.timeDelta() & 0xffffffffL),
                sample.key() == null ? "" : sample.key(),
                attributes,
                sample.data());
      }
      return List.of(all);
    }
  }

  static Arbitrary<String> texts(int min, int max) {
    return Arbitraries.strings()
        .withChars("aZ09._-/ \n\"\\")
        .withChars('\u0080', 'ö', '\u07ff', '\u0800', '語', '\uffff')
        .ofMinLength(min)
        .ofMaxLength(max)
        .map(text -> text.replace("\\", "\ud83d\ude00"));
  }

  static Arbitrary<Sample> samples() {
    Arbitrary<byte[]> data =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.just(new byte[0])),
            Tuple.of(8, Arbitraries.bytes().array(byte[].class).ofMaxSize(300)),
            Tuple.of(1, Arbitraries.integers().between(1, 70_000).map(byte[]::new)));
    Arbitrary<Integer> delta = Arbitraries.oneOf(Arbitraries.just(0), Arbitraries.integers());
    return Combinators.combine(data, delta, texts(0, 20).injectNull(0.5)).as(Sample::new);
  }

  static Arbitrary<Block> blocks() {
    return Combinators.combine(
            texts(1, 30),
            texts(0, 30),
            Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(-2, 2)),
            Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(-300, 2)),
            Arbitraries.longs(),
            Arbitraries.maps(texts(0, 10), texts(0, 200)).ofMaxSize(4),
            samples().list().ofMinSize(1).ofMaxSize(20))
        .as(Block::new);
  }

  static Arbitrary<List<Block>> records() {
    return blocks().list().ofMinSize(1).ofMaxSize(5);
  }
}
