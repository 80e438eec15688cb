package io.scribbler.agent.config;

/**
 * A setting that is wrong: its key, and in one line what is wrong and what to do. The message is
 * {@code key: reason}.
 */
public final class SettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;
  private final String reason;

  SettingException(String key, String reason) {
    super(key + ": " + reason);
    this.key = key;
    this.reason = reason;
  }

  /** The key as it is written in the configuration, {@code block-size} for example. */
  public String key() {
    return key;
  }

  /** What is wrong and what to do, without the key. */
  public String reason() {
    return reason;
  }
}
