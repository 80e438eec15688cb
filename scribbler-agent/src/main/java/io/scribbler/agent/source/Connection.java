package io.scribbler.agent.source;

import io.scribbler.agent.config.Acks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One client of a Unix socket. Until it is known whether its first line is a hello, its bytes are
 * kept in {@code head}; then a pump takes them. Owned by the source's thread.
 */
final class Connection {
  private static final byte[] PREFIX = Hello.PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final SocketChannel channel;
  private final SelectionKey key;
  private final Opening opening;

  private ByteBuffer head; // null until something came, and after the opening
  private Pump pump; // null until opened
  private Acks acks = Acks.NONE;
  private Checkpoints checkpoints; // null where nothing has to be waited for
  private long acknowledged;
  private boolean ended; // the client sends nothing more, and may wait for acknowledgements
  private ByteBuffer output; // what the client has not taken yet; null if nothing
  private boolean refused; // to be closed once the output is taken

  /** Makes what a connection needs once its first bytes are known. */
  interface Opening {
    /** A hello can't be followed; what the client sends beside it is not taken. */
    void refused(String why);

    /** For a client that sent no hello. */
    Pump plain();

    /** For one that did. */
    Opened opened(Connection connection, Hello hello) throws Hello.Unacceptable;
  }

  /**
   * What a hello gets.
   *
   * @param answer the line, without its newline, that answers it
   */
  record Opened(Pump pump, String answer) {}

  Connection(SocketChannel channel, SelectionKey key, Opening opening) {
    this.channel = channel;
    this.key = key;
    this.opening = opening;
  }

  /** Whether it may read a chunk of that size now. */
  boolean prepare(int chunk) {
    return pump == null || pump.framer().prepare(chunk);
  }

  /** Makes sure that it may, past the limit if need be. */
  void prepareBeyondLimit(int chunk) {
    if (pump != null) {
      pump.framer().prepareBeyondLimit(chunk);
    }
  }

  /** The framer, once the first bytes are known; null before. */
  Framer framer() {
    return pump == null ? null : pump.framer();
  }

  /**
   * Takes what was read; {@link #acknowledge} is to follow.
   *
   * @return false if taking was given up
   */
  boolean take(ByteBuffer chunk) throws InterruptedException {
    if (refused) {
      return true;
    }
    if (pump == null) {
      if (!open(chunk)) {
        return true;
      }
      pump.framer().prepareBeyondLimit(chunk.remaining()); // it is read already
    }
    boolean taken = pump.pour(chunk);
    if (checkpoints != null && pump.taken() > acknowledged) {
      checkpoints.add(pump.taken());
    }
    return taken;
  }

  /** Looks at the first bytes; false if they don't tell yet, or tell of a client to be refused. */
  private boolean open(ByteBuffer chunk) throws InterruptedException {
    if (head == null && !mayBeHello(chunk)) {
      pump = opening.plain();
      return true;
    }
    if (head == null) {
      head = ByteBuffer.allocate(Hello.LONGEST);
    }
    while (chunk.hasRemaining() && head.hasRemaining()) {
      byte next = chunk.get();
      if (next == '\n' && head.position() >= PREFIX.length) {
        return hello(new String(head.array(), 0, head.position(), StandardCharsets.UTF_8));
      }
      head.put(next);
      int at = head.position() - 1;
      if (at < PREFIX.length && next != PREFIX[at]) {
        return plainAfterAll();
      }
    }
    if (!head.hasRemaining()) {
      refuse("the first line is longer than " + Hello.LONGEST + " bytes");
    }
    return false;
  }

  private static boolean mayBeHello(ByteBuffer chunk) {
    return chunk.get(chunk.position()) == PREFIX[0];
  }

  private boolean plainAfterAll() throws InterruptedException {
    pump = opening.plain();
    pump.framer().prepareBeyondLimit(head.position());
    head.flip();
    ByteBuffer first = ByteBuffer.allocate(head.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    first.put(head).flip();
    head = null;
    return pump.pour(first);
  }

  private boolean hello(String line) {
    head = null;
    try {
      Hello hello = Hello.parse(line);
      Opened opened = opening.opened(this, hello);
      pump = opened.pump;
      acks = pump.intake().acks();
      checkpoints = acks.compareTo(Acks.DISK) < 0 ? null : new Checkpoints(pump.intake());
      send(opened.answer);
      return true;
    } catch (Hello.Unacceptable e) {
      refuse(e.getMessage());
      return false;
    }
  }

  private void refuse(String why) {
    refused = true;
    opening.refused(why);
    send("ERR " + why);
  }

  /** The client has ended: takes what may be a message in its last bytes. */
  boolean end() throws InterruptedException {
    if (pump == null && head != null && !refused) {
      plainAfterAll();
    }
    return pump == null || pump.end();
  }

  /** Tells the client what has become as safe as it asked for, unless it has not read the last. */
  void acknowledge() {
    if (acks == Acks.NONE || output != null) {
      return;
    }
    long reached = checkpoints == null ? pump.taken() : checkpoints.reached();
    if (reached > acknowledged) {
      acknowledged = reached;
      send("ACK " + acknowledged);
    }
  }

  /** Whether it waits for batches to become safe. */
  boolean pending() {
    return checkpoints != null && !checkpoints.isEmpty();
  }

  private void send(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    output = output == null ? ByteBuffer.wrap(bytes) : joined(output, bytes);
    flush();
  }

  private static ByteBuffer joined(ByteBuffer before, byte[] after) {
    return ByteBuffer.allocate(before.remaining() + after.length).put(before).put(after).flip();
  }

  /**
   * Writes what the client takes now; one that takes nothing costs one line of memory. One that
   * listens no longer is told nothing any more, but what it sent before is still to be read.
   */
  void flush() {
    if (output != null) {
      try {
        channel.write(output);
      } catch (IOException e) {
        acks = Acks.NONE;
        checkpoints = null;
        output.position(output.limit());
      }
      if (!output.hasRemaining()) {
        output = null;
        if (!refused && pump != null) {
          acknowledge();
        }
      }
    }
    if (key.isValid()) {
      int write = output == null ? 0 : SelectionKey.OP_WRITE;
      key.interestOps((key.interestOps() & ~SelectionKey.OP_WRITE) | write);
    }
  }

  /** Reads nothing more, and stays for what is to be told. */
  void endInput() {
    ended = true;
    if (pump != null) {
      pump.framer().release();
    }
    pause(true);
  }

  /** Whether nothing more is read and all has been told. */
  boolean finished() {
    return (refused || ended) && output == null && !pending();
  }

  void pause(boolean paused) {
    int read = paused ? 0 : SelectionKey.OP_READ;
    if (!key.isValid()) {
      return;
    }
    key.interestOps((key.interestOps() & ~SelectionKey.OP_READ) | read);
  }

  SocketChannel channel() {
    return channel;
  }

  void close() throws IOException {
    if (pump != null) {
      pump.framer().release();
      pump.intake().leave();
    }
    key.cancel();
    channel.close();
  }
}
