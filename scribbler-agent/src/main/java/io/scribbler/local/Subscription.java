package io.scribbler.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * One subscription to a shard: pushes records as they come and as fast as the client takes them,
 * and ends with the shard, after its life, or with its connection. Owned by the loop thread.
 */
final class Subscription extends ChannelInboundHandlerAdapter implements Shard.Listener {
  private static final int MAX_RECORDS = 10_000;
  private static final int MAX_BYTES = 1 << 20;

  private final Stream stream;
  private final Shard shard;
  private final EventFrame frame;
  private final ReadApi reads;
  private final Streams streams;
  private final Runnable whenOver;
  private final long sinceMillis;
  private ChannelHandlerContext ctx;
  private Future<?> heartbeat;
  private Future<?> end;
  private long position;
  private boolean pumping;
  private boolean over;

  Subscription(
      Streams streams,
      ReadApi reads,
      Stream stream,
      Shard shard,
      long position,
      WireFormat format,
      Runnable whenOver) {
    this.streams = streams;
    this.reads = reads;
    this.stream = stream;
    this.shard = shard;
    this.position = position;
    this.frame = new EventFrame("SubscribeToShardEvent", format);
    this.whenOver = whenOver;
    this.sinceMillis = streams.now();
  }

  long sinceMillis() {
    return sinceMillis;
  }

  /** Begins to answer a request; the subscription becomes the last handler of its channel. */
  void begin(ChannelHandlerContext reader, WireFormat format, Timing timing) {
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    Exchange.head(response, "application/vnd.amazon.eventstream", Instant.now());
    HttpUtil.setTransferEncodingChunked(response, true);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    var unused = reader.write(response);
    unused =
        reader.writeAndFlush(
            new DefaultHttpContent(
                new EventFrame("initial-response", format).encode(reader.alloc(), out -> {})));
    reader.pipeline().addLast(this);
    ctx = reader.pipeline().context(this);
    long beat = timing.heartbeat().toMillis();
    heartbeat = ctx.executor().scheduleAtFixedRate(this::beat, beat, beat, TimeUnit.MILLISECONDS);
    end =
        ctx.executor()
            .schedule(this::finish, timing.subscription().toMillis(), TimeUnit.MILLISECONDS);
    shard.listeners().add(this);
    beat();
  }

  @Override
  public void changed() {
    if (!pumping && !over) {
      pumping = true;
      ctx.executor().execute(this::pump);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    changed();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    over();
    context.fireChannelInactive();
  }

  private void pump() {
    pumping = false;
    while (!over && ctx.channel().isWritable() && !reads.answers().isFull()) {
      shard.log().expire(stream.horizon(streams.now()));
      position = Math.max(position, shard.log().first());
      if (position < shard.log().next()) {
        send();
      } else if (shard.isOpen()) {
        return;
      } else {
        send();
        finish();
      }
    }
  }

  private void beat() {
    if (!over && position >= shard.log().next() && shard.isOpen()) {
      send();
    }
    changed();
  }

  private void send() {
    ByteBuf event = frame.encode(ctx.alloc(), this::write);
    int bytes = event.readableBytes();
    reads.answers().hold(bytes, ctx.writeAndFlush(new DefaultHttpContent(event)));
  }

  private void write(Answer out) {
    out.list("Records");
    position = reads.write(shard, position, MAX_RECORDS, MAX_BYTES, out);
    out.end().number("MillisBehindLatest", ReadApi.behind(shard, position, streams.now()));
    if (shard.isOpen() || position < shard.log().next()) {
      out.text("ContinuationSequenceNumber", shard.sequence().at(position - 1));
    } else {
      ShardApi.writeChildren(stream, shard, out);
    }
  }

  /** Ends the answer; its connection is closed when it served nothing else. */
  void finish() {
    if (!over) {
      over();
      var unused = ctx.writeAndFlush(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER));
      unused = ctx.close();
    }
  }

  private void over() {
    if (!over) {
      over = true;
      shard.listeners().remove(this);
      heartbeat.cancel(false);
      end.cancel(false);
      whenOver.run();
    }
  }
}
