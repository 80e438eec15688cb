package io.scribbler.agent.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.scribbler.agent.config.AdminConfig;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.ConfigLoader;
import io.scribbler.agent.config.SettingException;
import io.scribbler.agent.config.SpoolConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scribbler status}: how the agent on this host is, and what lies in the spool. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Asks a running agent how it is, by its admin address, and lists the spool's folders, also"
          + " those of other users and streams."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:an agent answers, and each message is accounted for",
      "1:no agent answers, or its accounts don't balance",
      "2:wrong usage or configuration"
    })
final class StatusCommand implements Callable<Integer> {
  private static final String DEFAULT_ADMIN = "127.0.0.1:9464";
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 15_000;
  private static final int MAX_BYTES = 16 << 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      description = "The agent's admin address (default: that of --config, else 127.0.0.1:9464).")
  private Optional<String> admin = Optional.empty();

  @Option(names = "--config", paramLabel = "FILE", description = "The agent's configuration.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description = "The spool's directory (default: that of --config, else what the agent says).")
  private Optional<Path> spool = Optional.empty();

  @Option(names = "--json", description = "Print a JSON object instead.")
  private boolean json;

  @Mixin private LogOptions log = new LogOptions();

  @Override
  public Integer call() throws IOException {
    log.apply();
    Optional<AgentConfig> config = file.map(ConfigLoader::load);
    AdminConfig address = address(config);
    Optional<JsonTree> page = Optional.empty();
    String trouble = "";
    try {
      page = Optional.of(ask(address));
    } catch (IOException e) {
      trouble =
          "no agent answers at "
              + address.host()
              + ":"
              + address.port()
              + " ("
              + e.getMessage()
              + "); start it, or give its --admin address";
    }
    FolderList folders = FolderList.of(spoolPath(config, page), Clock.systemUTC());
    if (json) {
      print(page, folders);
    } else {
      PrintWriter out = spec.commandLine().getOut();
      page.ifPresent(tree -> new StatusText(tree).print(out));
      if (!folders.entries().isEmpty()) {
        out.println();
        folders.print(out);
      } else if (page.isEmpty()) {
        out.println("nothing is spooled in " + spoolPath(config, page));
      }
      out.flush();
    }
    if (page.isEmpty()) {
      spec.commandLine().getErr().println(trouble);
      spec.commandLine().getErr().flush();
    }
    return page.map(tree -> tree.flag("balanced")).orElse(false) ? AgentRun.OK : AgentRun.FAILED;
  }

  private AdminConfig address(Optional<AgentConfig> config) {
    try {
      return admin
          .map(AdminConfig::parse)
          .or(() -> config.flatMap(AgentConfig::admin))
          .orElseGet(() -> AdminConfig.parse(DEFAULT_ADMIN));
    } catch (SettingException e) {
      throw new ParameterException(spec.commandLine(), "--admin: " + e.reason());
    }
  }

  private Path spoolPath(Optional<AgentConfig> config, Optional<JsonTree> page) {
    return spool
        .or(() -> config.map(c -> c.spool().path()))
        .or(() -> page.map(tree -> tree.text("spool_path")).filter(p -> !p.isEmpty()).map(Path::of))
        .orElseGet(SpoolConfig::defaultPath);
  }

  private static JsonTree ask(AdminConfig address) throws IOException {
    boolean all = address.host().equals("0.0.0.0") || address.host().equals("::");
    String host = all ? "127.0.0.1" : address.host();
    String url = (host.contains(":") ? "[" + host + "]" : host) + ":" + address.port();
    HttpURLConnection http =
        (HttpURLConnection)
            URI.create("http://" + url + "/status").toURL().openConnection(Proxy.NO_PROXY);
    http.setConnectTimeout(CONNECT_MILLIS);
    http.setReadTimeout(READ_MILLIS);
    try {
      if (http.getResponseCode() != HttpURLConnection.HTTP_OK) {
        throw new IOException("HTTP status " + http.getResponseCode());
      }
      try (InputStream in = http.getInputStream()) {
        JsonTree tree = JsonTree.parse(in.readNBytes(MAX_BYTES));
        if (!tree.has("balanced")) {
          throw new IOException("something else answers there");
        }
        return tree;
      }
    } finally {
      http.disconnect();
    }
  }

  private static void print(Optional<JsonTree> page, FolderList folders) throws IOException {
    try (JsonLines lines = JsonLines.toStandardOutput()) {
      JsonGenerator out = lines.json();
      out.writeStartObject();
      out.writeFieldName("agent");
      if (page.isPresent()) {
        page.get().write(out);
      } else {
        out.writeNull();
      }
      out.writeArrayFieldStart("folders");
      for (FolderList.Entry entry : folders.entries()) {
        folders.writeJson(entry, out);
      }
      out.writeEndArray();
      out.writeEndObject();
      lines.endLine();
    }
  }
}
