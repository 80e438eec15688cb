package io.scribbler.agent.config;

/** The codec that a stream's blocks are written with. */
public enum Compression {
  ZSTD,
  GZIP,
  NONE
}
