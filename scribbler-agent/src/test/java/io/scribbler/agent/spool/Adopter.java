package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** A process that adopts the only folder of a root when it reads a line, and keeps it. */
final class Adopter {
  private Adopter() {}

  public static void main(String[] args) throws IOException {
    SpoolRoot root = new SpoolRoot(Path.of(args[0]));
    say("ready");
    Optional<SpoolFolder> folder = Optional.empty();
    while (System.in.read() >= 0) {
      folder = root.adopt(root.list().get(0), Elements.DESTINATION);
      say(folder.isPresent() ? "adopted" : "not adopted");
    }
    if (folder.isPresent()) {
      folder.get().close();
    }
  }

  private static void say(String line) throws IOException {
    System.out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }
}
