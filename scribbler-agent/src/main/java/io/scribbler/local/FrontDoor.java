package io.scribbler.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening socket and its connections, which can be shut and opened again. */
final class FrontDoor {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  /** Milliseconds in which the request that asked for an outage is answered. */
  private static final long MOMENT = 50;

  private final EventLoop loop;
  private final ServerBootstrap bootstrap;
  private final ChannelGroup connections;
  private final String host;
  private volatile int port;
  private volatile Channel listening;

  FrontDoor(
      LocalOptions options,
      Timing timing,
      EventLoop loop,
      Counters counters,
      Supplier<RequestReader> readers) {
    this.loop = loop;
    this.host = options.host();
    this.port = options.port();
    this.connections = new DefaultChannelGroup(loop);
    this.bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.RCVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(2048, 16 << 10, 512 << 10))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel connection) {
                    counters.connected();
                    if (connections.size() >= options.maxConnections()) {
                      var unused = connection.close();
                      return;
                    }
                    connections.add(connection);
                    connection
                        .pipeline()
                        .addLast(
                            new IdleStateHandler(
                                0, 0, timing.idle().toMillis(), TimeUnit.MILLISECONDS),
                            new ProtocolSniffer(readers),
                            new ConnectionEnd());
                  }
                });
  }

  /** Begins to listen; a port in use is an IOException that says so. */
  void open() throws IOException {
    ChannelFuture bound = bootstrap.bind(host, port).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String why = bound.cause().getMessage();
      throw new IOException("Can't listen on " + host + ":" + port + ": " + why, bound.cause());
    }
    listening = bound.channel();
    port = ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** Refuses connections from now on and closes those that are open. */
  Future<?> shut() {
    return loop.submit(this::closeAll);
  }

  private void closeAll() {
    Future<?> unused = listening.close();
    unused = connections.close();
  }

  /** Listens again at the same port. */
  Future<?> reopen() {
    return bootstrap.bind(host, port).addListener((ChannelFutureListener) this::reopened);
  }

  /** Shuts for a time, beginning a moment later; returns at once. */
  void shutFor(Duration time) {
    Future<?> unused = loop.schedule(this::closeAll, MOMENT, TimeUnit.MILLISECONDS);
    unused = loop.schedule(this::openLater, MOMENT + time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void openLater() {
    Future<?> unused = reopen();
  }

  private void reopened(ChannelFuture bound) {
    if (bound.isSuccess()) {
      listening = bound.channel();
    } else {
      LOG.error("Can't listen on {}:{} again: {}", host, port, bound.cause().getMessage());
    }
  }

  int port() {
    return port;
  }
}
