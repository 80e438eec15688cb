package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketFileTest {
  @TempDir private Path dir;
  private Path path;

  @BeforeEach
  void name() {
    path = dir.resolve("s.sock");
  }

  private SocketFile listen() throws IOException {
    return SocketFile.listen(path, "0660", Optional.empty(), Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({"0660, rw-rw----", "600, rw-------", "0777, rwxrwxrwx", "0424, r---w-r--"})
  void socketHasItsMode(String mode, String permissions) throws IOException {
    try (SocketFile socket = SocketFile.listen(path, mode, Optional.empty(), Optional.empty())) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo(permissions);
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void secondDaemonIsRefusedAndTheFirstGoesOn() throws IOException {
    try (SocketFile first = listen()) {
      assertThatThrownBy(this::listen)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another daemon listens on " + path);
      try (Client client = new Client(path)) {
        assertThat(client).isNotNull();
      }
      assertThat(first.channel().isOpen()).isTrue();
    }
  }

  @Test
  void anotherProgramsLiveSocketIsRefused() throws IOException {
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path));
      assertThatThrownBy(this::listen).hasMessageContaining("another program listens on " + path);
      assertThat(path).exists();
    }
  }

  @Test
  void deadSocketIsReplaced() throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    try (SocketFile socket = listen();
        Client client = new Client(path)) {
      assertThat(socket.channel().accept()).isNotNull();
      assertThat(client).isNotNull();
    }
  }

  @Test
  void fileThatIsNoSocketIsLeftAlone() throws IOException {
    Files.writeString(path, "precious");
    assertThatThrownBy(this::listen).hasMessageContaining("is a file that is no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void whatCannotBeIsSaidInOneLineAndLeavesNothingBehind() throws IOException {
    Path nowhere = dir.resolve("none/s.sock");
    assertThatThrownBy(() -> SocketFile.listen(nowhere, "0660", Optional.empty(), Optional.empty()))
        .hasMessageContaining("is no directory; make it");
    assertThatThrownBy(
            () -> SocketFile.listen(path, "0660", Optional.of("no-such-user"), Optional.empty()))
        .hasMessageContaining("there is no user or group no-such-user");
    try (var left = Files.list(dir)) {
      assertThat(left.map(p -> p.getFileName().toString())).containsOnly("s.sock.lock");
    }
    listen().close();
  }
}
