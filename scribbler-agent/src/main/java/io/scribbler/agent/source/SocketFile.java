package io.scribbler.agent.source;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;
import java.util.Set;

/**
 * A listening Unix socket and its file. A lock file beside it tells a live daemon's socket from a
 * dead one's, which is replaced. The socket gets its mode before it gets its name.
 */
final class SocketFile implements AutoCloseable {
  /** How many connections may wait to be accepted. */
  static final int BACKLOG = 1024;

  private final Path path;
  private final ServerSocketChannel channel;
  private final FileChannel lockFile; // null for one that was inherited

  private SocketFile(Path path, ServerSocketChannel channel, FileChannel lockFile) {
    this.path = path;
    this.channel = channel;
    this.lockFile = lockFile;
  }

  /**
   * Listens.
   *
   * @param mode octal digits
   * @throws IOException with a line for the operator
   */
  static SocketFile listen(Path path, String mode, Optional<String> owner, Optional<String> group)
      throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is no directory; make it, or give another socket path");
    }
    FileChannel lockFile = lock(path);
    Path unnamed = directory.resolve(".s" + ProcessHandle.current().pid());
    ServerSocketChannel channel = null;
    try {
      refuseAnotherFile(path);
      channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      Files.deleteIfExists(unnamed);
      channel.bind(UnixDomainSocketAddress.of(unnamed), BACKLOG);
      setAccess(unnamed, mode, owner, group);
      Files.move(unnamed, path, StandardCopyOption.ATOMIC_MOVE);
      channel.configureBlocking(false);
      return new SocketFile(path, channel, lockFile);
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
        Files.deleteIfExists(unnamed);
      }
      lockFile.close();
      throw e instanceof UserPrincipalNotFoundException unknown
          ? new IOException(path + ": there is no user or group " + unknown.getName(), unknown)
          : e;
    }
  }

  /**
   * Takes a socket that systemd listens on, which it made and keeps.
   *
   * @throws IOException with a line for the operator, if it is another socket than {@code path}
   */
  static SocketFile inherited(Path path, ServerSocketChannel channel) throws IOException {
    String address = String.valueOf(channel.getLocalAddress());
    if (!Path.of(address).toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize())) {
      throw new IOException(
          "systemd passed the socket "
              + address
              + ", and the source's path is "
              + path
              + "; make ListenStream= and path the same");
    }
    channel.configureBlocking(false);
    return new SocketFile(path, channel, null);
  }

  /** Whether it is systemd's, where clients may wait for the next daemon. */
  boolean inherited() {
    return lockFile == null;
  }

  private static FileChannel lock(Path path) throws IOException {
    Path file = path.resolveSibling(path.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new IOException("another daemon listens on " + path + " (it holds " + file + ")");
    }
    return channel;
  }

  /** A socket that somebody answers, or a file that is no socket, is not ours to replace. */
  private static void refuseAnotherFile(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var kind = Files.readAttributes(path, "isOther", LinkOption.NOFOLLOW_LINKS).get("isOther");
    if (!Boolean.TRUE.equals(kind)) {
      throw new IOException(path + " is a file that is no socket; remove it, or give another path");
    }
    boolean answered;
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      answered = probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      answered = false;
    }
    if (answered) {
      throw new IOException("another program listens on " + path);
    }
  }

  private static void setAccess(
      Path file, String mode, Optional<String> owner, Optional<String> group) throws IOException {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    var lookup = file.getFileSystem().getUserPrincipalLookupService();
    if (owner.isPresent()) {
      view.setOwner(lookup.lookupPrincipalByName(owner.get()));
    }
    if (group.isPresent()) {
      view.setGroup(lookup.lookupPrincipalByGroupName(group.get()));
    }
    view.setPermissions(permissions(mode));
  }

  private static Set<PosixFilePermission> permissions(String octal) {
    int bits = Integer.parseInt(octal, 8);
    StringBuilder text = new StringBuilder();
    for (int shift = 8; shift >= 0; shift--) {
      text.append((bits >> shift & 1) == 1 ? "rwxrwxrwx".charAt(8 - shift) : '-');
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  ServerSocketChannel channel() {
    return channel;
  }

  /**
   * Stops listening and removes the socket's file; the lock file stays. An inherited socket is left
   * as it is: others hold it too, and the JDK would close standard error with it.
   */
  @Override
  public void close() throws IOException {
    if (inherited()) {
      return;
    }
    Files.deleteIfExists(path);
    channel.close();
    lockFile.close();
  }
}
