package io.scribbler.agent.config;

import java.util.Objects;

/** Standard input as a source. */
public record StdinSourceConfig(
    String topic, Framing framing, int maxMessage, KeyRule key, TeeConfig tee)
    implements SourceConfig {
  public StdinSourceConfig {
    Checks.topic("topic", topic);
    Objects.requireNonNull(framing, "framing");
    Checks.size("max-message", maxMessage, 1, 10 * Checks.MIB);
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(tee, "tee");
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects the settings, each checked as it comes; what is not set has its default. */
  public static final class Builder {
    private String topic = "default";
    private Framing framing = Framing.LINES;
    private int maxMessage = (int) Checks.MIB;
    private KeyRule key = KeyRule.NONE;
    private TeeConfig tee = TeeConfig.NONE;

    private Builder() {}

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

    public Builder key(KeyRule key) {
      this.key = key;
      return this;
    }

    public Builder tee(TeeConfig tee) {
      this.tee = tee;
      return this;
    }

    public StdinSourceConfig build() {
      return new StdinSourceConfig(topic, framing, maxMessage, key, tee);
    }
  }
}
