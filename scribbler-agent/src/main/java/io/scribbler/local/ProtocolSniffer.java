package io.scribbler.local;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.flow.FlowControlHandler;
import java.util.List;
import java.util.function.Supplier;

/** Tells HTTP/2 with prior knowledge from HTTP/1.1 by a connection's first bytes. */
final class ProtocolSniffer extends ByteToMessageDecoder {
  private static final byte[] HTTP2 = {'P', 'R', 'I', ' '};
  private static final int MAX_HEADERS = 32 << 10;

  private final Supplier<RequestReader> readers;

  ProtocolSniffer(Supplier<RequestReader> readers) {
    this.readers = readers;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    for (int i = 0; i < HTTP2.length; i++) {
      if (in.readableBytes() <= i) {
        return;
      }
      if (in.getByte(in.readerIndex() + i) != HTTP2[i]) {
        http1(ctx.pipeline());
        ctx.pipeline().remove(this);
        return;
      }
    }
    http2(ctx.pipeline());
    ctx.pipeline().remove(this);
  }

  private void http1(ChannelPipeline pipeline) {
    pipeline.remove(ConnectionEnd.class);
    pipeline.addLast(
        new HttpServerCodec(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(4096)
                .setMaxHeaderSize(MAX_HEADERS)
                .setMaxChunkSize(256 << 10)));
    pipeline.addLast(new FlowControlHandler());
    pipeline.addLast(readers.get());
  }

  private void http2(ChannelPipeline pipeline) {
    pipeline.remove(ConnectionEnd.class);
    pipeline.addLast(
        Http2FrameCodecBuilder.forServer()
            .initialSettings(
                new Http2Settings()
                    .maxConcurrentStreams(100)
                    .initialWindowSize(1 << 20)
                    .maxHeaderListSize(MAX_HEADERS))
            .build());
    pipeline.addLast(
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream
                    .pipeline()
                    .addLast(
                        new Http2StreamFrameToHttpObjectCodec(true),
                        new FlowControlHandler(),
                        readers.get());
              }
            }));
    pipeline.addLast(new ConnectionEnd());
  }
}
