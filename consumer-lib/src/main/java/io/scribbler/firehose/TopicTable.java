package io.scribbler.firehose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.Codec;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The topics of a stream and what was seen of each. Any thread. */
final class TopicTable {
  /** What comes after so many topics is counted together, under {@link #OTHERS}. */
  private static final int MOST_TOPICS = 10_000;

  private static final String OTHERS = "_other";
  private static final List<String> HEADINGS =
      List.of(
          "TOPIC",
          "MESSAGES",
          "RAW BYTES",
          "WIRE BYTES",
          "MSG/S",
          "PRODUCERS",
          "CODECS",
          "FIRST",
          "LAST");

  private static final Set<Integer> NUMBERS = Set.of(1, 2, 3, 4, 5);

  private final Map<String, TopicTally> topics = new TreeMap<>();

  /**
   * Counts a block.
   *
   * @param wire its share of the bytes of its record
   */
  synchronized void add(BlockHeader block, long wire) {
    String topic =
        topics.size() < MOST_TOPICS || topics.containsKey(block.topic()) ? block.topic() : OTHERS;
    topics.computeIfAbsent(topic, name -> new TopicTally()).add(block, wire);
  }

  /** A table for people, its columns aligned. */
  synchronized String text() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    topics.forEach((topic, tally) -> rows.add(row(topic, tally)));
    return TextTable.of(rows, NUMBERS);
  }

  private static List<String> row(String topic, TopicTally tally) {
    int producers = tally.producers().size();
    return List.of(
        topic,
        Long.toString(tally.messages()),
        Long.toString(tally.rawBytes()),
        Long.toString(tally.wireBytes()),
        String.format(Locale.ROOT, "%.1f", tally.messagesPerSecond()),
        producers < TopicTally.MOST_PRODUCERS ? Integer.toString(producers) : producers + "+",
        tally.codecs().stream().map(TopicTable::name).collect(Collectors.joining(",")),
        Instant.ofEpochMilli(tally.firstMillis()).toString(),
        Instant.ofEpochMilli(tally.lastMillis()).toString());
  }

  /** A line of JSON for each topic. */
  synchronized String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setRootValueSeparator(null);
      for (Map.Entry<String, TopicTally> topic : topics.entrySet()) {
        write(json, topic.getKey(), topic.getValue());
      }
    } catch (IOException e) {
      throw new IllegalStateException("a string can be written to", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String topic, TopicTally tally) throws IOException {
    json.writeStartObject();
    json.writeStringField("topic", topic);
    json.writeNumberField("messages", tally.messages());
    json.writeNumberField("raw_bytes", tally.rawBytes());
    json.writeNumberField("wire_bytes", tally.wireBytes());
    json.writeNumberField("messages_per_second", tally.messagesPerSecond());
    json.writeArrayFieldStart("producers");
    for (String producer : tally.producers()) {
      json.writeString(producer);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("codecs");
    for (Codec codec : tally.codecs()) {
      json.writeString(name(codec));
    }
    json.writeEndArray();
    json.writeNumberField("first_millis", tally.firstMillis());
    json.writeNumberField("last_millis", tally.lastMillis());
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static String name(Codec codec) {
    return codec.name().toLowerCase(Locale.ROOT);
  }
}
