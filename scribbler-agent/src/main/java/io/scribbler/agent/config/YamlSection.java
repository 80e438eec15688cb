package io.scribbler.agent.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A map of settings in a YAML file that is being read: each key that the reader asks for is known,
 * and what is left at the end is an error. Every error is noted and reading goes on.
 */
final class YamlSection {
  /** How many items a list may have, those of repeated aliases included. */
  private static final int MAX_ITEMS = 1000;

  private final String path;
  private final int line;
  private final Variables variables;
  private final ConfigErrors errors;
  private final int errorsBefore;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();

  YamlSection(String path, Node node, Variables variables, ConfigErrors errors) {
    this.path = path;
    this.line = line(node);
    this.variables = variables;
    this.errors = errors;
    this.errorsBefore = errors.size();
    if (node instanceof MappingNode map) {
      map.getValue().forEach(this::take);
    } else {
      errors.add(line, path.isEmpty() ? "file" : path, "must be a map of keys; write key: value");
    }
  }

  /** Reads a value as text. */
  void text(String key, Consumer<String> taker) {
    Node node = value(key);
    if (node != null) {
      String text = text(key, node);
      if (text != null) {
        attempt(key, line(node), () -> taker.accept(text));
      }
    }
  }

  /** Reads a list of texts; one text alone is a list of one. */
  void texts(String key, Consumer<List<String>> taker) {
    Node node = value(key);
    if (node == null) {
      return;
    }
    List<String> texts = new ArrayList<>();
    for (Node item : items(key, node)) {
      String text = text(key, item);
      if (text != null) {
        texts.add(text);
      }
    }
    attempt(key, line(node), () -> taker.accept(texts));
  }

  /** Reads a map. */
  void section(String key, Consumer<YamlSection> taker) {
    Node node = value(key);
    if (node != null) {
      taker.accept(new YamlSection(path(key), node, variables, errors));
    }
  }

  /** Reads a list of maps. */
  void sections(String key, Consumer<YamlSection> taker) {
    Node node = value(key);
    if (node == null) {
      return;
    }
    int index = 0;
    for (Node item : items(key, node)) {
      taker.accept(new YamlSection(path(key) + "[" + index++ + "]", item, variables, errors));
    }
  }

  /** Notes an error if the key is missing. */
  void require(String key, String what) {
    if (!values.containsKey(key) && sound()) {
      errors.add(line, path(key), "is missing; " + what);
    }
  }

  /** Notes what is left as unknown and, if nothing is wrong in this section, builds its value. */
  <T> void finish(Supplier<T> builder, Consumer<T> taker) {
    finish();
    if (sound()) {
      attempt("", line, () -> taker.accept(builder.get()));
    }
  }

  /** Notes what is left as unknown. */
  void finish() {
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        errors.add(lines.get(key), path(key), "is no key; " + Suggestion.of(key, known));
      }
    }
  }

  /** Notes an error of this section. */
  void error(String key, String reason) {
    errors.add(lines.getOrDefault(key, line), path(key), reason);
  }

  private boolean sound() {
    return errors.size() == errorsBefore;
  }

  private void take(NodeTuple tuple) {
    Node keyNode = tuple.getKeyNode();
    if (!(keyNode instanceof ScalarNode scalar)) {
      errors.add(line(keyNode), path.isEmpty() ? "file" : path, "has a key that is no word");
      return;
    }
    String key = scalar.getValue();
    Integer first = lines.putIfAbsent(key, line(keyNode));
    if (first == null) {
      values.put(key, tuple.getValueNode());
    } else {
      errors.add(
          line(keyNode),
          path(key),
          "stands twice, first in line " + first + "; remove one of them");
    }
  }

  private Node value(String key) {
    known.add(key);
    return values.get(key);
  }

  private List<Node> items(String key, Node node) {
    if (!(node instanceof SequenceNode list)) {
      return List.of(node);
    }
    if (list.getValue().size() > MAX_ITEMS) {
      errors.add(line(node), path(key), "has more than " + MAX_ITEMS + " items; give fewer");
      return List.of();
    }
    return list.getValue();
  }

  /** The node's text with variables replaced; null after an error. */
  private String text(String key, Node node) {
    if (!(node instanceof ScalarNode scalar)) {
      errors.add(line(node), path(key), "must be one value, not a list or map");
      return null;
    }
    try {
      String text = variables.expand(scalar.getValue());
      if (!text.isEmpty()) {
        return text;
      }
      errors.add(line(node), path(key), "has no value; give one or leave the key out");
    } catch (IllegalArgumentException e) {
      errors.add(line(node), path(key), e.getMessage());
    }
    return null;
  }

  private void attempt(String key, int at, Runnable take) {
    try {
      take.run();
    } catch (SettingException e) {
      String named = key.isEmpty() ? e.key() : key;
      errors.add(key.isEmpty() ? lines.getOrDefault(named, line) : at, path(named), e.reason());
    } catch (IllegalArgumentException e) {
      errors.add(at, path(key), e.getMessage());
    }
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
