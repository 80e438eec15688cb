package io.scribbler.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that no honest client sends get an answer or a closed connection, in bounded memory. */
class HostileClientTest {
  private LocalStream stream;

  @BeforeEach
  void start() {
    stream =
        LocalStream.start(
            LocalOptions.defaults().withStream("s", 1).withMaxConnections(20),
            new Timing(
                InstantSource.system(),
                Duration.ofMinutes(5),
                Duration.ofSeconds(5),
                Duration.ofMillis(500),
                Duration.ofMillis(1500)));
  }

  @AfterEach
  void stop() {
    stream.close();
  }

  @Test
  void garbageIsABadRequest() throws IOException {
    assertThat(send("\u0000\u0001garbage\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void aHeadTooLongIsRefused() throws IOException {
    assertThat(send("POST / HTTP/1.1\r\nX: " + "x".repeat(40_000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431");
  }

  @Test
  void aBodyTooLongIsRefusedBeforeItIsRead() throws IOException {
    assertThat(send(head("Content-Length: 99999999999"))).startsWith("HTTP/1.1 413");
    assertThat(send(head("Content-Length: -5"))).startsWith("HTTP/1.1 4");
    assertThat(send(head("Content-Length: five"))).startsWith("HTTP/1.1 4");
  }

  @Test
  void aChunkedBodyTooLongIsRefused() throws IOException {
    StringBuilder body = new StringBuilder(head("Transfer-Encoding: chunked"));
    String chunk = "100000\r\n" + "x".repeat(1 << 20) + "\r\n";
    body.append(chunk.repeat(17));
    assertThat(send(body.toString())).startsWith("HTTP/1.1 413");
  }

  @Test
  void aBodyThatNeverEndsTimesOut() throws IOException {
    assertThat(send(head("Content-Length: 10") + "abc")).startsWith("HTTP/1.1 408");
  }

  @Test
  void aBodyThatTricklesTimesOut() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), stream.port())) {
      socket.setSoTimeout(100);
      socket.getOutputStream().write(head("Content-Length: 1000").getBytes(ISO_8859_1));
      int first = -1;
      for (int sent = 0; sent < 100 && first < 0; sent++) {
        socket.getOutputStream().write('x');
        first = firstByte(socket);
      }
      assertThat(first).isEqualTo('H');
    }
  }

  private static int firstByte(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketTimeoutException e) {
      return -1;
    }
  }

  @Test
  void aSilentConnectionIsClosed() throws IOException {
    assertThat(send("")).isEmpty();
    assertThat(send("PRI")).isEmpty();
    assertThat(send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).doesNotContain("HTTP/1.1");
  }

  @Test
  void brokenHttp2IsClosed() throws IOException {
    assertThat(send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\u00ff".repeat(1000)))
        .doesNotContain("HTTP/1.1");
  }

  @Test
  void connectionsBeyondTheLimitAreClosed() throws IOException {
    Socket[] held = new Socket[20];
    for (int i = 0; i < held.length; i++) {
      held[i] = new Socket(InetAddress.getLoopbackAddress(), stream.port());
    }
    try (Socket one = new Socket(InetAddress.getLoopbackAddress(), stream.port())) {
      one.setSoTimeout(400);
      assertThat(one.getInputStream().read()).isEqualTo(-1);
    }
    for (Socket socket : held) {
      socket.close();
    }
  }

  @Test
  void whatClaimsMoreThanItHasIsUnreadable() throws IOException {
    byte[] longBlob = bytes(0xbf, 0x64, 'D', 'a', 't', 'a', 0x5a, 0x7f, 0xff, 0xff, 0xff, 1);
    byte[] longText = bytes(0xbf, 0x7a, 0x7f, 0xff, 0xff, 0xff, 1);
    byte[] hugeBlob =
        bytes(0xbf, 0x64, 'D', 'a', 't', 'a', 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255);
    for (byte[] body : new byte[][] {longBlob, longText, hugeBlob, bytes(0x9f), bytes(0xbf)}) {
      assertThat(put(body, "cbor")).startsWith("HTTP/1.1 400").contains("SerializationException");
    }
    for (String json :
        new String[] {
          "{", "[]", "{\"Records\":" + "[".repeat(5000), "nonsense", "{\"Data\":\"%\"}"
        }) {
      assertThat(put(json.getBytes(ISO_8859_1), "json"))
          .startsWith("HTTP/1.1 400")
          .contains("SerializationException");
    }
    assertThat(put(("{\"Records\":[" + "0,".repeat(200_000) + "0]}").getBytes(ISO_8859_1), "json"))
        .contains("more than 100000 values");
    assertThat(put("{\"StreamName\":7}".getBytes(ISO_8859_1), "json")).contains("wrong type");
  }

  @Test
  void anyDamageToABodyIsAnsweredAndTheStreamGoesOn() throws IOException {
    Random random = new Random(7);
    byte[] whole = body();
    for (int i = 0; i < 300; i++) {
      byte[] body = Arrays.copyOf(whole, i % 3 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int flips = random.nextInt(4); flips > 0 && body.length > 0; flips--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      assertThat(put(body, "cbor")).matches("(?s)HTTP/1.1 (200|400) .*");
    }
    assertThat(put(whole, "cbor")).startsWith("HTTP/1.1 200");
  }

  @Test
  void anUnknownOperationIsRefused() throws IOException {
    assertThat(send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("UnknownOperationException");
  }

  private static byte[] body() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator generator = new CBORFactory().createGenerator(out)) {
      generator.writeStartObject();
      generator.writeArrayFieldStart("Records");
      for (int i = 0; i < 3; i++) {
        generator.writeStartObject();
        generator.writeStringField("PartitionKey", "k" + i);
        generator.writeFieldName("Data");
        generator.writeBinary(new byte[20]);
        generator.writeEndObject();
      }
      generator.writeEndArray();
      generator.writeStringField("StreamName", "s");
      generator.writeEndObject();
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static String head(String length) {
    return "POST / HTTP/1.1\r\nConnection: close\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\n"
        + "Content-Type: application/x-amz-cbor-1.1\r\n"
        + length
        + "\r\n\r\n";
  }

  private String put(byte[] body, String encoding) throws IOException {
    String head = head("Content-Length: " + body.length).replace("cbor", encoding);
    return send(head + new String(body, ISO_8859_1));
  }

  /** What comes back until the connection is closed. */
  private String send(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), stream.port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      try {
        out.write(request.getBytes(ISO_8859_1));
        out.flush();
      } catch (IOException e) {
        assertThat(e).hasMessageMatching(".*(reset|Broken pipe).*");
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      byte[] some = new byte[8192];
      try {
        for (int n = socket.getInputStream().read(some);
            n > 0;
            n = socket.getInputStream().read(some)) {
          answer.write(some, 0, n);
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      return answer.toString(ISO_8859_1);
    }
  }
}
