package io.scribbler.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** One request that was read whole, and its answer. Owned by the loop thread. */
final class Exchange {
  private static final String CONTROL = "/_local/";
  private static final long LINGER_MILLIS = 1000;
  private static final DateTimeFormatter SIGNED =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final ChannelHandlerContext ctx;
  private final HttpRequest head;
  private final byte[] body;
  private final int length;
  private final boolean keepAlive;
  private ByteBuf answer;
  private String answerType;
  private int status = 200;
  private boolean streams;
  private long clockAheadMillis;

  /** The body stays the caller's, who takes it back after the answer. */
  Exchange(ChannelHandlerContext ctx, HttpRequest head, byte[] body, int length) {
    this.ctx = ctx;
    this.head = head;
    this.body = body;
    this.length = length;
    this.keepAlive = HttpUtil.isKeepAlive(head);
    this.answer = ctx.alloc().buffer(512);
    this.answerType = format().contentType();
  }

  static WireFormat format(HttpRequest head) {
    return WireFormat.of(head.headers().get(HttpHeaderNames.CONTENT_TYPE));
  }

  WireFormat format() {
    return format(head);
  }

  /** The operation that the request names, or null. */
  String operation() {
    return Api.name(head.headers().get("X-Amz-Target"));
  }

  /** When the request was signed, milliseconds since 1970, or -1 when it doesn't say. */
  long signedMillis() {
    String date = head.headers().get("X-Amz-Date");
    try {
      return date == null ? -1 : Instant.from(SIGNED.parse(date)).toEpochMilli();
    } catch (DateTimeException e) {
      return -1;
    }
  }

  void clockAhead(long millis) {
    clockAheadMillis = millis;
  }

  Input input() {
    return Input.parse(format(), body, length);
  }

  String method() {
    return head.method().name();
  }

  String uri() {
    return head.uri();
  }

  /** Whether the request is for the stream's controls, not for the service. */
  boolean isControl() {
    return isControl(head);
  }

  static boolean isControl(HttpRequest head) {
    return head.uri().startsWith(CONTROL);
  }

  boolean isFromThisHost() {
    return ctx.channel().remoteAddress() instanceof InetSocketAddress address
        && address.getAddress().isLoopbackAddress();
  }

  ChannelHandlerContext context() {
    return ctx;
  }

  /** The answer's body, to be written. */
  ByteBuf answer() {
    return answer;
  }

  void status(int value) {
    status = value;
  }

  void text(int value, String text) {
    status = value;
    answerType = "text/plain; charset=utf-8";
    answer.clear().writeCharSequence(text, UTF_8);
  }

  /** Leaves the answer to one who streams it and who ends it. */
  void stream() {
    discard();
    streams = true;
  }

  /** Whether no further request follows on this connection, as far as its reader is concerned. */
  boolean isLast() {
    return streams || !keepAlive;
  }

  void discard() {
    if (answer != null) {
      answer.release();
      answer = null;
    }
  }

  /** Sends the answer, which the memory counts until the client has it. */
  void send(AnswerMemory memory) {
    if (streams) {
      return;
    }
    int bytes = answer.readableBytes();
    ChannelFuture sent =
        send(
            ctx, status, answerType, answer, keepAlive, Instant.now().plusMillis(clockAheadMillis));
    answer = null;
    memory.hold(bytes, sent);
    if (!keepAlive) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Answers a request that can't be taken, and closes. */
  static void refuse(ChannelHandlerContext ctx, int status, String message) {
    String json =
        "{\"__type\":\""
            + (status == 413 ? "RequestEntityTooLarge" : "BadRequest")
            + "\",\"message\":\""
            + message
            + "\"}";
    ByteBuf bytes = ByteBufUtil.writeUtf8(ctx.alloc(), json);
    send(ctx, status, WireFormat.JSON.contentType(), bytes, false, Instant.now())
        .addListener((ChannelFutureListener) Exchange::linger);
  }

  /** Closes a moment later: at once, the client that still sends would lose the answer. */
  private static void linger(ChannelFuture sent) {
    Channel channel = sent.channel();
    if (sent.isSuccess() && channel instanceof SocketChannel connection) {
      Future<?> unused = connection.shutdownOutput();
      unused =
          channel.eventLoop().schedule(() -> close(channel), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      close(channel);
    }
  }

  private static void close(Channel channel) {
    var unused = channel.close();
  }

  static HttpResponse goOn() {
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);
  }

  private static ChannelFuture send(
      ChannelHandlerContext ctx,
      int status,
      String type,
      ByteBuf bytes,
      boolean keepAlive,
      Instant date) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), bytes);
    head(response, type, date);
    HttpUtil.setContentLength(response, bytes.readableBytes());
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return ctx.writeAndFlush(response);
  }

  /** Sets what every answer of the service has. */
  static void head(HttpResponse response, String contentType, Instant date) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, contentType)
        .set(HttpHeaderNames.DATE, DATE.format(date))
        .set("x-amzn-RequestId", new UUID(random.nextLong(), random.nextLong()).toString());
  }
}
