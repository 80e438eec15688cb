package io.scribbler.agent.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** A YAML file as nodes that know their lines: at most 1 MiB, UTF-8, not nested deeply. */
final class YamlFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 16;

  private YamlFile() {}

  /** The file's text. */
  static String read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw unusable(file + ": is larger than 1MiB; that can't be a configuration");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw unusable(file + ": is not UTF-8; save it as UTF-8");
    } catch (NoSuchFileException e) {
      throw unusable(file + ": there is no such file; give the configuration's path");
    } catch (AccessDeniedException e) {
      throw unusable(file + ": can't be read: permission denied");
    } catch (IOException e) {
      throw unusable(
          file + ": can't be read: " + e.getMessage() + "; check its path and permissions");
    }
  }

  /** The document in a text; empty when there is none. */
  static Optional<Node> compose(String name, String text) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(name).setAllowNonScalarKeys(true).build();
    try {
      checkDepth(name, new Parse(settings).parseString(text));
      return new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(Mark::getLine).orElse(0) + 1;
      throw unusable(name + ":" + line + ": is not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw unusable(name + ": is not valid YAML: " + e.getMessage());
    }
  }

  /** The composer recurses, so depth is bounded before it is called. */
  private static void checkDepth(String name, Iterable<Event> events) {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
        throw unusable(name + ":" + line + ": is nested too deeply; no setting is");
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private static ConfigException unusable(String error) {
    return new ConfigException(List.of(error));
  }
}
