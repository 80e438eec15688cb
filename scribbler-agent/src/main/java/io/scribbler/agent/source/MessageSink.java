package io.scribbler.agent.source;

import java.nio.ByteBuffer;

/** What a framer finds in a source's bytes. Called by the source's thread. */
interface MessageSink {
  /**
   * A whole message: {@code length} bytes of {@code buffer} from {@code position}, valid during the
   * call.
   *
   * @return false if there is no memory for it now; the framer offers it again
   */
  boolean message(ByteBuffer buffer, int position, int length);

  /**
   * A message longer than the limit: its first bytes and its whole length.
   *
   * @return false if there is no memory for it now; the framer offers it again
   */
  boolean tooLong(ByteBuffer buffer, int position, int kept, long length);

  /** A line with nothing in it, which is no message. */
  void emptyLine();
}
