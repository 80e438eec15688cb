package io.scribbler.firehose;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** How far an application came, as people and programs read it. */
final class ShardTable {
  private static final int BEHIND = 4;

  private ShardTable() {}

  /**
   * A table.
   *
   * @param withLag whether it was asked how far behind the shards are
   */
  static String text(List<ShardLine> lines, boolean withLag) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row(withLag, "SHARD", "STATE", "COMMITTED", "PENDING", "BEHIND", "OWNER"));
    for (ShardLine line : lines) {
      ProgressStore.Stored stored = line.stored();
      rows.add(
          row(
              withLag,
              line.shardId(),
              line.state().text(),
              shown(stored.committed()),
              shown(stored.pending()),
              line.behind() == null ? "-" : seconds(line.behind()),
              shown(stored.owner())));
    }
    return TextTable.of(rows, withLag ? Set.of(BEHIND) : Set.of());
  }

  private static List<String> row(boolean withLag, String... cells) {
    List<String> row = new ArrayList<>(List.of(cells));
    if (!withLag) {
      row.remove(BEHIND);
    }
    return row;
  }

  private static String shown(Object value) {
    return value == null ? "-" : value.toString();
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }

  /** A line of JSON for each shard; what there isn't is left out. */
  static String json(String application, String stream, List<ShardLine> lines) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setRootValueSeparator(null);
      for (ShardLine line : lines) {
        json.writeStartObject();
        json.writeStringField("application", application);
        json.writeStringField("stream", stream);
        json.writeStringField("shard", line.shardId());
        json.writeStringField("state", line.state().text());
        field(json, "committed", line.stored().committed());
        field(json, "pending", line.stored().pending());
        if (line.behind() != null) {
          json.writeNumberField("behind_millis", line.behind().toMillis());
        }
        field(json, "owner", line.stored().owner());
        json.writeEndObject();
        json.writeRaw('\n');
      }
    } catch (IOException e) {
      throw new IllegalStateException("a string can be written to", e);
    }
    return text.toString();
  }

  private static void field(JsonGenerator json, String name, Object value) throws IOException {
    if (value != null) {
      json.writeStringField(name, value.toString());
    }
  }
}
