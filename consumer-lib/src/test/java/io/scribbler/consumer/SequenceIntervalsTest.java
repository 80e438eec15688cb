package io.scribbler.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.record.BlockHeader;
import io.scribbler.record.Codec;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SequenceIntervalsTest {
  @Test
  void itIsASetOfSequences() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      SequenceIntervals intervals = new SequenceIntervals();
      TreeSet<Long> model = new TreeSet<>();
      for (int i = 0; i < 30; i++) {
        long first = random.nextInt(200);
        long last = first + random.nextInt(10);
        intervals.add(first, last);
        for (long s = first; s <= last; s++) {
          model.add(s);
        }
        long probe = random.nextInt(220);
        assertThat(intervals.contains(probe)).isEqualTo(model.contains(probe));
        long to = probe + random.nextInt(5);
        assertThat(intervals.intersects(probe, to))
            .isEqualTo(!model.subSet(probe, true, to, true).isEmpty());
        for (int k = 1; k < intervals.size(); k++) {
          assertThat(intervals.first(k)).isGreaterThan(intervals.last(k - 1) + 1);
        }
      }
    }
  }

  @Test
  void theLowestIsForgottenWhenThereAreTooMany() {
    SequenceIntervals intervals = new SequenceIntervals();
    for (int i = 0; i < SequenceIntervals.MOST + 1; i++) {
      intervals.add(10L * i, 10L * i);
    }
    assertThat(intervals.size()).isEqualTo(SequenceIntervals.MOST);
    assertThat(intervals.contains(0)).isFalse();
    assertThat(intervals.contains(10)).isTrue();
  }

  @Test
  void sequencesAreUnsigned() {
    SequenceIntervals intervals = new SequenceIntervals();
    intervals.add(-3, -1);
    intervals.add(0, 2);
    assertThat(intervals.size()).isEqualTo(2);
    assertThat(intervals.contains(-2)).isTrue();
    assertThat(intervals.contains(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void aWindowForgetsWhatWasUsedLeastLatelyAndStoresTheNewest() {
    IdentityWindow window = new IdentityWindow(1000);
    for (int i = 0; i < 20; i++) {
      window.add(header("topic-" + i), 0, 9);
    }
    IdentityWindow loaded = new IdentityWindow(1000);
    assertThat(loaded.load(window.store(100))).isTrue();
    assertThat(loaded.of(header("topic-19")).contains(9)).isTrue();
    assertThat(loaded.of(header("topic-18")).contains(9)).isTrue();
    assertThat(loaded.of(header("topic-17")).size()).isZero();
    assertThat(window.of(header("topic-19")).size()).isEqualTo(1);
    assertThat(window.of(header("topic-0")).size()).isZero();
    assertThat(loaded.load(new byte[] {1, 0, 9, 9})).isFalse();
    assertThat(loaded.load(new byte[] {2})).isFalse();
    assertThat(loaded.load(new byte[0])).isTrue();
  }

  private static BlockHeader header(String topic) {
    return new BlockHeader(topic, "p", 1, 0, 1, 0, Codec.NONE, 2, Map.of());
  }
}
