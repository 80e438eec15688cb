package io.scribbler.agent.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.stream.Collectors;

/** The status page of an agent, for people. */
final class StatusText {
  private final JsonTree page;

  StatusText(JsonTree page) {
    this.page = page;
  }

  void print(PrintWriter out) {
    out.printf(
        "producer %s, epoch %d, pid %d, version %s, up for %s%n",
        page.text("producer"),
        page.whole("epoch"),
        page.whole("pid"),
        page.text("version"),
        Table.age(page.number("uptime_seconds")));
    out.printf(
        "memory %s of %s, spool in %s%n%n",
        Table.bytes(page.whole("memory_used_bytes")),
        Table.bytes(page.whole("memory_limit_bytes")),
        page.text("spool_path"));
    Table table =
        new Table(
            "STREAM",
            "DELIVERY",
            "ACCEPTED",
            "RECOVERED",
            "DELIVERED",
            "IN MEMORY",
            "ON DISK",
            "DEAD",
            "DROPPED",
            "OLDEST",
            "LANES",
            "IN FLIGHT",
            "SPOOL");
    for (JsonTree stream : page.objects("streams")) {
      table.row(
          stream.text("destination"),
          stream.flag("delivery_up") ? "up" : "DOWN",
          messages(stream, "accepted"),
          messages(stream, "recovered"),
          messages(stream, "delivered"),
          messages(stream, "in_memory"),
          messages(stream, "on_disk"),
          byReason(stream.object("dead_lettered")),
          byReason(stream.object("dropped")),
          Table.age(stream.number("oldest_unsent_age_seconds")),
          "" + stream.whole("lanes"),
          "" + stream.whole("in_flight_requests"),
          spool(stream.object("spool")));
    }
    table.print(out);
    for (JsonTree stream : page.objects("streams")) {
      if (!stream.flag("delivery_up")) {
        out.println("stream " + stream.text("stream") + " is down: " + stream.text("trouble"));
      }
    }
    if (!page.flag("balanced")) {
      out.println("NOT BALANCED: messages are lost or doubled; please report this");
      page.texts("imbalances").forEach(line -> out.println("  " + line));
    }
    out.flush();
  }

  private static String messages(JsonTree stream, String name) {
    return "" + stream.object(name).whole("messages");
  }

  private static String byReason(JsonTree amounts) {
    Map<String, JsonTree> reasons = amounts.members();
    if (reasons.isEmpty()) {
      return "0";
    }
    return reasons.entrySet().stream()
        .map(each -> each.getValue().whole("messages") + " " + each.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String spool(JsonTree spool) {
    String state = "";
    if (!spool.flag("up")) {
      state = ", DOWN";
    } else if (spool.flag("full")) {
      state = ", FULL";
    } else if (spool.has("seconds_until_full")) {
      state = ", full in " + Table.age(spool.number("seconds_until_full"));
    }
    return Table.bytes(spool.whole("used_bytes"))
        + " of "
        + Table.bytes(spool.whole("limit_bytes"))
        + state;
  }
}
