package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check itself: a message that is lost or counted twice does not pass it. */
final class ConservationTest {
  private static final String PAGE =
      """
      # HELP scribbler_messages_accepted_total
      # TYPE scribbler_messages_accepted_total counter
      scribbler_messages_accepted_total{stream="s",topic="hits"} 1000.0
      scribbler_messages_recovered_total{stream="s",topic="hits"} 300.0
      scribbler_messages_delivered_total{stream="s",topic="hits"} 700.0
      scribbler_messages_in_memory{stream="s",topic="hits"} 150.0
      scribbler_messages_spooled_total{stream="s",topic="hits"} 400.0
      scribbler_messages_dead_lettered_total{reason="too_long",stream="s",topic="hits"} 20.0
      scribbler_messages_dead_lettered_total{reason="refused",stream="s",topic="hits"} 10.0
      scribbler_messages_dropped_total{reason="spool_full",stream="s",topic="hits"} 20.0
      scribbler_messages_found_total{stream="s",topic="hits"} 50.0
      scribbler_messages_on_disk{stream="s",topic="hits"} 150.0
      scribbler_messages_accepted_total{stream="s",topic="other"} 7.0
      scribbler_messages_delivered_total{stream="s",topic="other"} 7.0
      scribbler_messages_in_memory{stream="s",topic="other"} 0.0
      scribbler_bytes_accepted_total{stream="s",topic="other"} 70.0
      """;

  @Test
  void booksThatBalancePass() {
    Conservation page = new Conservation(PAGE);
    assertThat(page.violations()).isEmpty();
    assertThat(page.accounts()).isEqualTo(2);
    assertThat(page.of("scribbler_messages_delivered_total")).isEqualTo(707);
  }

  @ParameterizedTest(name = "{0} is {2}, not {1}")
  @CsvSource({
    "accepted_total, 1000.0, 1001.0", // a message is lost
    "delivered_total, 700.0, 701.0", // one is counted twice
    "recovered_total, 300.0, 299.0",
    "in_memory, 150.0, 151.0",
    "spooled_total, 400.0, 401.0",
    "found_total, 50.0, 51.0",
    "on_disk, 150.0, 149.0"
  })
  void oneMessageLostOrDoubledDoesNot(String term, String is, String planted) {
    String line = "scribbler_messages_" + term + "{stream=\"s\",topic=\"hits\"} ";
    assertThat(PAGE).contains(line + is);
    assertThat(new Conservation(PAGE.replace(line + is, line + planted)).violations())
        .isNotEmpty()
        .allMatch(text -> text.contains("s/hits"));
  }

  @ParameterizedTest
  @CsvSource({"too_long, 20.0, 19.0", "refused, 10.0, 11.0", "spool_full, 20.0, 0.0"})
  void eachReasonCounts(String reason, String is, String planted) {
    String from = "reason=\"" + reason + "\",stream=\"s\",topic=\"hits\"} ";
    assertThat(new Conservation(PAGE.replace(from + is, from + planted)).violations()).hasSize(1);
  }

  /** What one topic lacks, another has too many: the sum would balance. */
  @Test
  void everyTopicMustBalance() {
    String moved =
        PAGE.replace("topic=\"other\"} 7.0", "topic=\"other\"} 8.0")
            .replace(
                "delivered_total{stream=\"s\",topic=\"other\"} 8.0",
                "delivered_total{stream=\"s\",topic=\"other\"} 7.0")
            .replace(
                "accepted_total{stream=\"s\",topic=\"hits\"} 1000.0",
                "accepted_total{stream=\"s\",topic=\"hits\"} 999.0");
    assertThat(new Conservation(moved).violations()).hasSize(2);
  }
}
