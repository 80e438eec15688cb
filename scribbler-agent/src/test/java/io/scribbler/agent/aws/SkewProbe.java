package io.scribbler.agent.aws;

import io.scribbler.agent.config.StreamConfig;

/** Placeholder. */
final class SkewProbe {
  private SkewProbe() {}

  public static void main(String[] args) {
    StreamConfig.builder("s").endpoint(args[0]);
    System.out.println("corrected");
  }
}
