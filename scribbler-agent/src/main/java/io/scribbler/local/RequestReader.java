package io.scribbler.local;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the requests of one connection, or of one HTTP/2 stream, one after the other: a body is
 * read whole, within bounds, before it is applied, and nothing more is read until it is answered.
 * Owned by the loop thread.
 */
final class RequestReader extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(RequestReader.class);

  private static final String TOO_LATE = "The request didn't come to its end in time.";

  private final Service service;
  private final Faults faults;
  private final BodyBuffers buffers;
  private final AnswerMemory answers;
  private final long bodyMillis;

  private HttpRequest head; // of the request that is being read or applied, else null
  private byte[] body; // lent by the buffers, else null
  private int length;
  private Future<?> deadline; // of a body that comes in parts, else null
  private boolean closed; // nothing that comes now is looked at

  RequestReader(
      Service service, Faults faults, BodyBuffers buffers, AnswerMemory answers, Timing timing) {
    this.service = service;
    this.faults = faults;
    this.buffers = buffers;
    this.answers = answers;
    this.bodyMillis = timing.body().toMillis();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpRequest request && !closed) {
        begin(ctx, request);
      }
      if (message instanceof HttpContent content && !closed) {
        add(ctx, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      boolean tooLong = request.decoderResult().cause() instanceof TooLongFrameException;
      refuse(ctx, tooLong ? 431 : 400, "The request's head can't be read.");
      return;
    }
    if (!Exchange.isControl(request) && faults.dropsBeforeReading()) {
      drop(ctx);
      return;
    }
    head = request;
    length = 0;
    int limit = Exchange.format(request).maxBody();
    long announced;
    try {
      announced = HttpUtil.getContentLength(request, unannounced(request, limit));
    } catch (NumberFormatException e) {
      announced = -1;
    }
    if (announced < 0 || announced > limit) {
      refuse(ctx, 413, "The request's body is over the limit of " + limit + " bytes.");
      return;
    }
    if (HttpUtil.is100ContinueExpected(request)) {
      var unused = ctx.writeAndFlush(Exchange.goOn());
    }
    takeBuffer(ctx, (int) announced);
  }

  /** The bytes to reserve for a body whose length the head doesn't say. */
  private static int unannounced(HttpRequest request, int limit) {
    return HttpUtil.isTransferEncodingChunked(request) ? limit : 0;
  }

  private void takeBuffer(ChannelHandlerContext ctx, int size) {
    body = buffers.take(size);
    ctx.channel().config().setAutoRead(body != null);
    if (body == null) {
      buffers.await(
          () -> {
            if (!closed) {
              takeBuffer(ctx, size);
            }
          });
    }
  }

  private void add(ChannelHandlerContext ctx, HttpContent content) {
    if (content.decoderResult().isFailure() || body == null) {
      refuse(ctx, 400, "The request's body can't be read.");
      return;
    }
    ByteBuf bytes = content.content();
    int more = bytes.readableBytes();
    if (more > body.length - length) {
      refuse(ctx, 413, "The request's body is longer than announced or allowed.");
      return;
    }
    bytes.readBytes(body, length, more);
    length += more;
    if (content instanceof LastHttpContent) {
      if (deadline != null) {
        deadline.cancel(false);
        deadline = null;
      }
      ctx.channel().config().setAutoRead(false);
      long delay = Exchange.isControl(head) ? 0 : faults.delayMillis();
      if (delay == 0) {
        apply(ctx);
      } else {
        var unused = ctx.executor().schedule(() -> apply(ctx), delay, TimeUnit.MILLISECONDS);
      }
    } else if (deadline == null) {
      deadline = ctx.executor().schedule(() -> late(ctx), bodyMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void late(ChannelHandlerContext ctx) {
    if (!closed) {
      refuse(ctx, 408, TOO_LATE);
    }
  }

  private void apply(ChannelHandlerContext ctx) {
    if (closed) {
      return;
    }
    Exchange exchange = new Exchange(ctx, head, body, length);
    service.answer(exchange);
    giveBack();
    head = null;
    if (faults.dropsAfterApplying() && !exchange.isControl()) {
      exchange.discard();
      drop(ctx);
      return;
    }
    exchange.send(answers);
    closed = exchange.isLast();
    ctx.channel().config().setAutoRead(true);
  }

  private void refuse(ChannelHandlerContext ctx, int status, String message) {
    closed = true;
    giveBack();
    service.refused();
    ctx.channel().config().setAutoRead(true);
    Exchange.refuse(ctx, status, message);
  }

  private void drop(ChannelHandlerContext ctx) {
    closed = true;
    giveBack();
    service.dropped();
    if (ctx.channel().parent() instanceof SocketChannel connection) {
      var unused = connection.close();
    } else {
      var unused = ctx.close();
    }
  }

  private void giveBack() {
    if (body != null) {
      byte[] lent = body;
      body = null;
      buffers.give(lent);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent && head != null && body != null) {
      refuse(ctx, 408, TOO_LATE);
    } else if (event instanceof IdleStateEvent && head == null) {
      var unused = ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed = true;
    giveBack();
    if (deadline != null) {
      deadline.cancel(false);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("Connection lost: {}", cause.getMessage());
    } else {
      LOG.error("A request failed; its connection is closed", cause);
    }
    closed = true;
    giveBack();
    var unused = ctx.close();
  }
}
