package io.scribbler.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Golden records on disk, and what their JSON files say that is in them. */
final class Vectors {
  /** Made by an independent encoder; not ours to change. */
  static final Path GIVEN = Path.of("src/test/resources/vectors");

  /** Made by our own writer; a changed byte here is a changed wire format. */
  static final Path OURS = Path.of("src/test/resources/our-vectors");

  private static final ObjectMapper JSON = new ObjectMapper();

  private Vectors() {}

  static Stream<String> names(Path folder, String prefix) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(prefix) && name.endsWith(".bin"))
          .map(name -> name.substring(0, name.length() - ".bin".length()))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(Path folder, String name) {
    try {
      return Files.readAllBytes(folder.resolve(name + ".bin"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] given(String name) {
    return bytes(GIVEN, name);
  }

  static JsonNode json(Path folder, String name) {
    try {
      return JSON.readTree(folder.resolve(name + ".json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The messages of a firehose vector. */
  static List<Message> messages(Path folder, String name) {
    List<Message> all = new ArrayList<>();
    for (JsonNode node : json(folder, name)) {
      Map<String, String> attributes = new LinkedHashMap<>();
      node.get("attributes")
          .properties()
          .forEach(e -> attributes.put(e.getKey(), e.getValue().asText()));
      all.add(
          new Message(
              node.get("topic").asText(),
              node.get("producer").asText(),
              unsigned(node.get("epoch")),
              unsigned(node.get("sequence")),
              node.get("time_millis").asLong(),
              node.get("key").asText(),
              attributes,
              HexFormat.of().parseHex(node.get("data_hex").asText())));
    }
    return all;
  }

  private static long unsigned(JsonNode number) {
    BigInteger value = number.bigIntegerValue();
    if (value.signum() < 0 || value.bitLength() > 64) {
      throw new IllegalArgumentException("no unsigned 64-bit number: " + value);
    }
    return value.longValue();
  }
}
