package io.scribbler.agent.send;

import io.scribbler.agent.batch.EncodedBlock;

/** Where blocks go that can't be sent: each of their messages is counted there. */
@FunctionalInterface
public interface RefusedBlocks {
  void refuse(EncodedBlock block);
}
