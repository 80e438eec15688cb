package io.scribbler.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
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
import java.util.function.Supplier;

/** The listening socket and its connections, which can be shut and opened again. */
final class FrontDoor {
  private static final int IDLE_SECONDS = 60;

  private final EventLoop loop;
  private final ServerBootstrap bootstrap;
  private final ChannelGroup connections;
  private final String host;
  private volatile int port;
  private volatile Channel listening;

  FrontDoor(
      LocalOptions options, EventLoop loop, Counters counters, Supplier<RequestReader> readers) {
    this.loop = loop;
    this.host = options.host();
    this.port = options.port();
    this.connections = new DefaultChannelGroup(loop, true);
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
                            new IdleStateHandler(0, 0, IDLE_SECONDS), new ProtocolSniffer(readers));
                  }
                });
  }

  /** Begins to listen; a port in use is an IOException that says so. */
  void open() throws IOException {
    try {
      listening = bootstrap.bind(host, port).syncUninterruptibly().channel();
      port = ((InetSocketAddress) listening.localAddress()).getPort();
    } catch (Exception e) {
      throw new IOException("Can't listen on " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /** Refuses connections from now on and closes those that are open; returns at once. */
  void shut() {
    loop.execute(
        () -> {
          Future<?> unused = listening.close();
          unused = connections.close();
        });
  }

  /** Listens again at the same port; returns at once. */
  void reopen() {
    loop.execute(() -> bootstrap.bind(host, port).addListener(bound -> {}));
  }

  int port() {
    return port;
  }
}
