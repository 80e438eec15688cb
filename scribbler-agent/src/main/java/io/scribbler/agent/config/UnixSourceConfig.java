package io.scribbler.agent.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A Unix socket as a source.
 *
 * @param path the socket's file
 * @param mode its permissions, three or four octal digits
 * @param owner name or number of its owner; the process's own when empty
 * @param group name or number of its group; the process's own when empty
 * @param allowedUids whose processes may connect; empty means all that the mode lets in
 * @param maxConnections how many may be open at once
 */
public record UnixSourceConfig(
    Path path,
    String mode,
    Optional<String> owner,
    Optional<String> group,
    List<Integer> allowedUids,
    String topic,
    Framing framing,
    int maxMessage,
    int maxConnections,
    KeyRule key)
    implements SourceConfig {
  /** What the kernel takes for a socket's path: 107 bytes and a zero. */
  private static final int MAX_PATH_BYTES = 107;

  public UnixSourceConfig {
    checkPath(path);
    checkMode(mode);
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(group, "group");
    allowedUids = List.copyOf(allowedUids);
    Checks.topic("topic", topic);
    Objects.requireNonNull(framing, "framing");
    Checks.size("max-message", maxMessage, 1, 10 * Checks.MIB);
    Checks.range("max-connections", maxConnections, 1, 65_536);
    Objects.requireNonNull(key, "key");
  }

  public static Builder builder() {
    return new Builder();
  }

  private static Path checkPath(Path path) {
    if (path == null || path.toString().isEmpty()) {
      throw new SettingException("path", "is missing; give the socket's file");
    }
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new SettingException(
          "path",
          "is longer than the " + MAX_PATH_BYTES + " bytes of a socket; give a shorter one");
    }
    return path;
  }

  private static String checkMode(String mode) {
    if (!mode.matches("0?[0-7]{3}")) {
      throw new SettingException(
          "mode", "\"" + mode + "\" is no mode; give octal digits such as \"0660\"");
    }
    return mode;
  }

  /** Collects the settings, each checked as it comes; what is not set has its default. */
  public static final class Builder {
    private Path path;
    private String mode = "0660";
    private Optional<String> owner = Optional.empty();
    private Optional<String> group = Optional.empty();
    private List<Integer> allowedUids = List.of();
    private String topic = "default";
    private Framing framing = Framing.LINES;
    private int maxMessage = (int) Checks.MIB;
    private int maxConnections = 4096;
    private KeyRule key = KeyRule.NONE;

    private Builder() {}

    /** The socket's file; needed. */
    public Builder path(Path path) {
      this.path = checkPath(path);
      return this;
    }

    public Builder mode(String mode) {
      this.mode = checkMode(mode);
      return this;
    }

    public Builder owner(String owner) {
      this.owner = Optional.of(Checks.text("owner", owner));
      return this;
    }

    public Builder group(String group) {
      this.group = Optional.of(Checks.text("group", group));
      return this;
    }

    public Builder allowedUids(List<Integer> uids) {
      List<Integer> checked = new ArrayList<>();
      for (int uid : uids) {
        checked.add(Checks.range("allowed-uids", uid, 0, Integer.MAX_VALUE));
      }
      this.allowedUids = checked;
      return this;
    }

    public Builder topic(String topic) {
      this.topic = Checks.topic("topic", topic);
      return this;
    }

    public Builder framing(Framing framing) {
      this.framing = framing;
      return this;
    }

    /** In bytes. */
    public Builder maxMessage(long maxMessage) {
      this.maxMessage = (int) Checks.size("max-message", maxMessage, 1, 10 * Checks.MIB);
      return this;
    }

    public Builder maxConnections(int maxConnections) {
      this.maxConnections = Checks.range("max-connections", maxConnections, 1, 65_536);
      return this;
    }

    public Builder key(KeyRule key) {
      this.key = key;
      return this;
    }

    public UnixSourceConfig build() {
      return new UnixSourceConfig(
          path, mode, owner, group, allowedUids, topic, framing, maxMessage, maxConnections, key);
    }
  }
}
