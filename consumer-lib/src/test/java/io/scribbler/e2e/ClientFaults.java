package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.scribbler.local.LocalOptions;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Clients that are many, slow, or send too much at once. */
final class ClientFaults {
  private static final int CONNECTIONS = 2000;
  private static final int MESSAGES = 100; // of each

  private final Torture.Options options;

  ClientFaults(Torture.Options options) {
    this.options = options;
  }

  void addTo(Map<String, Torture.Fault> faults) {
    faults.put("2,000 connections", (dir, seed) -> crowd(dir));
    faults.put("a producer that writes one byte a second", (dir, seed) -> slow(dir));
    faults.put("a line of 1 GiB", (dir, seed) -> longLine(dir));
  }

  private Rig start(Path dir) throws IOException {
    Rig rig =
        new Rig(
            Rig.Settings.in(options.program(), dir)
                .keys("memory: 16MiB\nacks: disk")
                .spool(dir.resolve("spool"), ", min-free: 1%"),
            LocalOptions.defaults());
    rig.begin().listening();
    return rig;
  }

  private static Resender.Client client(String name, int bytes) {
    return new Resender.Client(name, 7, "hits", "disk", "lines", bytes, 0, 0);
  }

  /** A conversation that is kept by hand. */
  private static SocketChannel connect(Rig rig, Resender.Client client) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(rig.socket()));
    write(channel, client.hello(0).getBytes(US_ASCII));
    return channel;
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static void line(SocketChannel channel, byte[] message) throws IOException {
    byte[] line = Arrays.copyOf(message, message.length + 1);
    line[message.length] = '\n';
    write(channel, line);
  }

  /** Reads until so many messages are acknowledged. */
  private static void awaitAck(SocketChannel channel, long messages) throws IOException {
    StringBuilder said = new StringBuilder();
    ByteBuffer in = ByteBuffer.allocate(4096);
    while (!said.toString().contains("ACK " + messages + "\n")) {
      if (channel.read(in.clear()) < 0) {
        throw new IllegalStateException("no ACK " + messages + ": " + said);
      }
      said.append(US_ASCII.decode(in.flip()));
    }
  }

  private Torture.Outcome crowd(Path dir) throws IOException, InterruptedException {
    try (Rig rig = start(dir)) {
      List<Resender.Client> clients = new ArrayList<>();
      List<SocketChannel> channels = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        Resender.Client client = client("c" + i, 200);
        rig.expect(client);
        clients.add(client);
        channels.add(connect(rig, client));
      }
      for (int message = 0; message < MESSAGES; message++) {
        for (int i = 0; i < CONNECTIONS; i++) {
          line(channels.get(i), clients.get(i).message(message));
        }
      }
      for (int i = 0; i < CONNECTIONS; i++) {
        awaitAck(channels.get(i), MESSAGES);
        rig.told(clients.get(i), MESSAGES);
        channels.get(i).close();
      }
      return Torture.Outcome.of(CONNECTIONS, rig, rig.settle());
    }
  }

  /** While others send as much as they can, and Kinesis is down so that memory is short. */
  private Torture.Outcome slow(Path dir) throws IOException, InterruptedException {
    try (Rig rig = start(dir)) {
      Resender.Client slow = client("slow", 1);
      rig.expect(slow);
      rig.client(new Resender.Client("app", 7, "hits", "disk", "lines", 1000, 10e6, 20_000));
      rig.down(true);
      try (SocketChannel channel = connect(rig, slow)) {
        int rounds = options.times(6);
        for (int round = 0; round < rounds; round++) {
          byte[] mine = slow.message(round);
          for (byte each : Arrays.copyOf(mine, mine.length + 1)) {
            write(channel, new byte[] {each == 0 ? (byte) '\n' : each});
            Until.passed(options.time(1));
          }
        }
        rig.down(false);
        awaitAck(channel, rounds);
        rig.told(slow, rounds);
      }
      return Torture.Outcome.of(1, rig, rig.settle());
    }
  }

  private Torture.Outcome longLine(Path dir) throws IOException, InterruptedException {
    try (Rig rig = start(dir)) {
      Resender.Client client = client("long", 100);
      rig.expect(client);
      try (SocketChannel channel = connect(rig, client)) {
        line(channel, client.message(0));
        byte[] part = client.message(1); // how the long one begins
        write(channel, part);
        byte[] filler = new byte[1 << 20];
        Arrays.fill(filler, (byte) 'x');
        for (long left = 1L << 30; left > 0; left -= filler.length) {
          write(channel, filler);
        }
        write(channel, new byte[] {'\n'});
        line(channel, client.message(2));
        awaitAck(channel, 3);
      }
      rig.told(client, 3);
      StreamAudit.Tally tally = rig.settle();
      long aside = letters(rig.spool().resolve("dead-letter"));
      return new Torture.Outcome(
          1,
          new StreamAudit.Tally(
              tally.accepted(), tally.lost() - aside, tally.duplicated(), tally.unrecognised()),
          aside,
          rig.wrongAccounts());
    }
  }

  private static long letters(Path directory) throws IOException {
    long lines = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        lines += Files.readAllLines(file).size();
      }
    }
    return lines;
  }
}
