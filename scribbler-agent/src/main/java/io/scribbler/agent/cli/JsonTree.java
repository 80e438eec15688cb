package io.scribbler.agent.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small JSON document in memory. What is asked for and isn't there is empty, 0 or false. */
final class JsonTree {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(20).build())
          .build();

  private final Map<String, Object> fields; // of JsonTree, List of both, String, Number, Boolean

  private JsonTree(Map<String, Object> fields) {
    this.fields = fields;
  }

  /**
   * Reads an object.
   *
   * @throws IOException if it is none
   */
  static JsonTree parse(byte[] text) throws IOException {
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("no JSON object");
      }
      return object(json);
    }
  }

  private static JsonTree object(JsonParser json) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      fields.put(name, value(json));
    }
    return new JsonTree(fields);
  }

  private static Object value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case START_OBJECT -> object(json);
      case START_ARRAY -> {
        List<Object> all = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
          all.add(value(json));
        }
        yield all;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> json.getText();
    };
  }

  String text(String name) {
    return fields.get(name) instanceof String text ? text : "";
  }

  double number(String name) {
    return fields.get(name) instanceof Number number ? number.doubleValue() : 0;
  }

  long whole(String name) {
    return fields.get(name) instanceof Number number ? number.longValue() : 0;
  }

  boolean flag(String name) {
    return fields.get(name) instanceof Boolean flag && flag;
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  JsonTree object(String name) {
    return fields.get(name) instanceof JsonTree tree ? tree : new JsonTree(Map.of());
  }

  /** The objects of a list. */
  List<JsonTree> objects(String name) {
    List<JsonTree> found = new ArrayList<>();
    if (fields.get(name) instanceof List<?> all) {
      all.forEach(each -> addIfObject(each, found));
    }
    return found;
  }

  private static void addIfObject(Object each, List<JsonTree> to) {
    if (each instanceof JsonTree tree) {
      to.add(tree);
    }
  }

  /** The texts of a list. */
  List<String> texts(String name) {
    return fields.get(name) instanceof List<?> all
        ? all.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The objects that are its fields, by name. */
  Map<String, JsonTree> members() {
    Map<String, JsonTree> members = new LinkedHashMap<>();
    fields.forEach(
        (name, value) -> {
          if (value instanceof JsonTree tree) {
            members.put(name, tree);
          }
        });
    return members;
  }

  /** Writes it as it was. */
  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      json.writeFieldName(field.getKey());
      write(field.getValue(), json);
    }
    json.writeEndObject();
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    if (value instanceof JsonTree tree) {
      tree.write(json);
    } else if (value instanceof List<?> all) {
      json.writeStartArray();
      for (Object each : all) {
        write(each, json);
      }
      json.writeEndArray();
    } else {
      json.writePOJO(value);
    }
  }
}
