package io.scribbler.agent.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What an agent takes from its host unless told otherwise: its name, without a look-up in DNS, and
 * where its state lies.
 */
public record HostDefaults(String producer, Path stateDir) {
  private static final Path KERNEL_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int MAX_NAME = 128;

  /** Those of the host that this process runs on. */
  public static HostDefaults ofThisProcess() {
    return of(System.getenv());
  }

  static HostDefaults of(Map<String, String> environment) {
    return new HostDefaults(
        sanitize(hostName(environment)),
        stateDir(environment, System.getProperty("user.name"), System.getProperty("user.home")));
  }

  /** Root's state is the system's; others' is below their own home. */
  static Path stateDir(Map<String, String> environment, String user, String home) {
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    if ("root".equals(user)) {
      return Path.of("/var/lib/scribbler/spool");
    }
    Path base = state.startsWith("/") ? Path.of(state) : Path.of(home, ".local", "state");
    return base.resolve("scribbler").resolve("spool");
  }

  /** Only what a producer's name may have, at most 128 characters. */
  static String sanitize(String name) {
    String clean = name.strip().replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^\\.+", "");
    if (clean.isEmpty()) {
      return "unknown-host";
    }
    return clean.length() > MAX_NAME ? clean.substring(0, MAX_NAME) : clean;
  }

  private static String hostName(Map<String, String> environment) {
    String name = environment.getOrDefault("HOSTNAME", "");
    if (!name.isBlank()) {
      return name;
    }
    try {
      return Files.readString(KERNEL_NAME, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
