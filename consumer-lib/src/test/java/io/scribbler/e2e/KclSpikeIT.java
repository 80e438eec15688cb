package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdCache;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdOnboardingState;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseAssignmentStrategy;
import software.amazon.kinesis.leases.LeaseManagementConfig.GracefulLeaseHandoffConfig;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/** What KCL 3.5.1 does with the stand-ins. */
final class KclSpikeIT {
  private static final Logger log = LoggerFactory.getLogger(KclSpikeIT.class);
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));
  @TempDir private static Path dir;

  private static KinesisLocal kinesis;
  private static Dynalite dynalite;
  private static KinesisClient producer;
  private static DynamoDbClient tables;

  @BeforeAll
  static void start() throws Exception {
    kinesis = KinesisLocal.start(dir, List.of("timing", "rows", "sub", "handover", "zombie"));
    dynalite = Dynalite.start(dir);
    producer = kinesis.endpoint().client();
    tables = dynalite.client();
  }

  @AfterAll
  static void stop() {
    producer.close();
    tables.close();
    kinesis.close();
    dynalite.close();
  }

  @Test
  void timing() throws Exception {
    put("timing", 20);
    String app = "timing-app";
    long t0 = System.nanoTime();
    Worker w = new Worker("timing", app, "w1", false).start();
    await().until(() -> w.records.size() >= 20);
    say("fresh table to all records: " + ms(t0));
    dump(app);
    long t1 = System.nanoTime();
    w.stop();
    say("stop: " + ms(t1));
    dump(app);
    put("timing", 20);
    long t2 = System.nanoTime();
    Worker again = new Worker("timing", app, "w2", false).start();
    await().until(() -> again.records.size() >= 20);
    say("restart with another name to all records: " + ms(t2) + " got " + again.records.size());
    again.stop();
    put("timing", 20);
    long t3 = System.nanoTime();
    Worker third = new Worker("timing", app, "w3", true).start();
    await().until(() -> third.records.size() >= 20);
    say("restart, production settings: " + ms(t3));
    third.stop();
    put("timing", 20);
    long t4 = System.nanoTime();
    Worker fourth = new Worker("timing", app + "2", "w4", true).start();
    await().until(() -> fourth.records.size() >= 80);
    say("fresh, production settings: " + ms(t4));
    fourth.stop();
  }

  @Test
  void handover() throws Exception {
    for (boolean production : new boolean[] {false, true}) {
      String app = "handover-" + production;
      Worker a = new Worker("handover", app, "a", production).start();
      await().until(() -> a.held().size() == 2);
      long t0 = System.nanoTime();
      Worker b = new Worker("handover", app, "b", production).start();
      await().until(() -> a.ready.size() == 1 && b.ready.size() == 1);
      say(app + " graceful handoff to a new worker, start included: " + ms(t0));
      long t1 = System.nanoTime();
      a.stop();
      long stopped = ms(t1);
      await().until(() -> b.ready.size() == 2);
      say(app + " planned stop of the leader: " + stopped + ", other has all: " + ms(t1));
      dump(app);
      b.stop();
    }
  }

  @Test
  void ownRows() throws Exception {
    String app = "rows-app";
    createTable(app);
    tables.putItem(
        r ->
            r.tableName(app)
                .item(
                    Map.of(
                        "leaseKey",
                        AttributeValue.fromS("scribbler/start"),
                        "entityType",
                        AttributeValue.fromS(System.getProperty("own.type", "LEADER")),
                        "startMillis",
                        AttributeValue.fromN("123"))));
    put("rows", 10);
    Worker w = new Worker("rows", app, "w1", false).start();
    await().until(() -> w.records.size() >= 10);
    // An attribute of our own on a lease.
    Lease lease = w.held().iterator().next();
    tables.updateItem(
        r ->
            r.tableName(app)
                .key(Map.of("leaseKey", AttributeValue.fromS(lease.leaseKey())))
                .updateExpression("SET scribblerPaused = :v")
                .expressionAttributeValues(Map.of(":v", AttributeValue.fromN("1"))));
    put("rows", 10);
    await().until(() -> w.records.size() >= 20);
    TimeUnit.SECONDS.sleep(3);
    dump(app);
    w.stop();
    Worker again = new Worker("rows", app, "w2", false).start();
    put("rows", 10);
    await().until(() -> again.records.size() >= 10);
    dump(app);
    again.stop();
  }

  @Test
  void subSequence() throws Exception {
    String app = "sub-app";
    List<String> seqs = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String payload = "r" + i;
      seqs.add(
          producer
              .putRecord(
                  r ->
                      r.streamName("sub")
                          .explicitHashKey("0")
                          .partitionKey("p")
                          .data(SdkBytes.fromUtf8String(payload)))
              .sequenceNumber());
    }
    Worker w = new Worker("sub", app, "w1", false);
    w.checkpointAt =
        (records, checkpointer) -> {
          for (KinesisClientRecord r : records) {
            if (r.sequenceNumber().equals(seqs.get(1))) {
              checkpointer.checkpoint(r.sequenceNumber(), 7);
              checkpointer.prepareCheckpoint(
                  r.sequenceNumber(), 9, "state".getBytes(StandardCharsets.UTF_8));
            }
          }
        };
    w.start();
    await().until(() -> w.records.size() == 3);
    w.stop();
    dump(app);
    Worker again = new Worker("sub", app, "w2", false).start();
    await().until(() -> again.records.size() == 2);
    say("initialised with " + again.inits + ", got " + again.records);
    assertThat(again.records.peek()).contains("r1");
    again.stop();
  }

  @Test
  void zombie() throws Exception {
    String app = "zombie-app";
    Worker w = new Worker("zombie", app, "w1", false);
    AtomicBoolean first = new AtomicBoolean(true);
    w.checkpointAt =
        (records, checkpointer) -> {
          if (!records.isEmpty() && first.getAndSet(false)) {
            throw new AssertionError("an Error of a handler");
          }
        };
    w.start();
    await().until(() -> w.ready.size() == 2);
    put("zombie", 4);
    await().until(() -> !w.thread.isAlive());
    Lease before = firstLease(w);
    TimeUnit.SECONDS.sleep(3);
    Lease after = firstLease(w);
    say(
        "scheduler's thread is dead; lease counter went from "
            + before.leaseCounter()
            + " to "
            + after.leaseCounter()
            + ", uncaught "
            + w.uncaught);
    w.scheduler.shutdown();
    w.evict();
    Worker again = new Worker("zombie", app, "w2", false).start();
    await().until(() -> again.ready.size() == 2);
    again.stop();
  }

  private static Lease firstLease(Worker w) throws Exception {
    return w.scheduler.leaseCoordinator().leaseRefresher().listLeases().get(0);
  }

  private static void say(String words) {
    log.warn("SPIKE {}", words);
  }

  private static long ms(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }

  private static void dump(String app) {
    tables.scan(r -> r.tableName(app)).items().forEach(i -> say("row " + i));
  }

  private static void put(String stream, int records) {
    for (int i = 0; i < records; i++) {
      String hash = BigInteger.ONE.shiftLeft(127).multiply(BigInteger.valueOf(i % 2)).toString();
      producer.putRecord(
          r ->
              r.streamName(stream)
                  .explicitHashKey(hash)
                  .partitionKey("p")
                  .data(SdkBytes.fromUtf8String(UUID.randomUUID().toString())));
    }
  }

  @SuppressWarnings("unchecked") // generic arrays for varargs
  static void createTable(String name) {
    tables.createTable(
        r ->
            r.tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(
                    a -> a.attributeName("leaseKey").attributeType(ScalarAttributeType.S),
                    a -> a.attributeName("leaseOwner").attributeType(ScalarAttributeType.S))
                .keySchema(k -> k.attributeName("leaseKey").keyType(KeyType.HASH))
                .globalSecondaryIndexes(
                    g ->
                        g.indexName("LeaseOwnerToLeaseKeyIndex")
                            .keySchema(
                                k -> k.attributeName("leaseOwner").keyType(KeyType.HASH),
                                k -> k.attributeName("leaseKey").keyType(KeyType.RANGE))
                            .projection(p -> p.projectionType(ProjectionType.KEYS_ONLY))));
    await()
        .until(
            () ->
                tables
                    .describeTable(r -> r.tableName(name))
                    .table()
                    .tableStatusAsString()
                    .equals("ACTIVE"));
  }

  interface Checkpoints {
    void at(List<KinesisClientRecord> records, RecordProcessorCheckpointer checkpointer)
        throws Exception;
  }

  /** A worker as the engine would have it. */
  static final class Worker {
    final ConcurrentLinkedQueue<String> records = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> inits = new ConcurrentLinkedQueue<>();
    final Map<String, Boolean> ready = new ConcurrentHashMap<>();
    final AtomicLong ticks = new AtomicLong();
    final String stream;
    final String app;
    final String name;
    final boolean production;
    volatile Throwable uncaught;
    volatile boolean stopping;
    Checkpoints checkpointAt =
        (batch, checkpointer) -> {
          if (!batch.isEmpty()) {
            KinesisClientRecord last = batch.get(batch.size() - 1);
            checkpointer.checkpoint(last.sequenceNumber(), last.subSequenceNumber());
          }
        };
    Scheduler scheduler;
    Thread thread;
    KinesisAsyncClient kinesisClient;
    DynamoDbAsyncClient dynamo;
    CloudWatchAsyncClient cloudWatch;

    Worker(String stream, String app, String name, boolean production) {
      this.stream = stream;
      this.app = app;
      this.name = name;
      this.production = production;
    }

    @SuppressWarnings("deprecation")
    Worker start() throws Exception {
      URI uri = kinesis.endpoint().uri();
      kinesisClient =
          KinesisAsyncClient.builder()
              .endpointOverride(uri)
              .region(Region.US_EAST_1)
              .credentialsProvider(CREDENTIALS)
              .httpClientBuilder(
                  NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1).maxConcurrency(100))
              .build();
      dynamo =
          DynamoDbAsyncClient.builder()
              .endpointOverride(dynalite.uri())
              .region(Region.US_EAST_1)
              .credentialsProvider(CREDENTIALS)
              .build();
      cloudWatch =
          CloudWatchAsyncClient.builder()
              .endpointOverride(URI.create("http://127.0.0.1:1"))
              .region(Region.US_EAST_1)
              .credentialsProvider(CREDENTIALS)
              .build();
      if (!tables.listTables().tableNames().contains(app)) {
        createTable(app);
      }
      ConfigsBuilder configs =
          new ConfigsBuilder(
              new SingleStreamTracker(
                  StreamIdentifier.singleStreamInstance(stream),
                  InitialPositionInStreamExtended.newInitialPosition(
                      InitialPositionInStream.TRIM_HORIZON)),
              app,
              kinesisClient,
              dynamo,
              cloudWatch,
              name,
              Processor::new);
      PollingConfig polling =
          new PollingConfig(kinesisClient)
              .idleTimeBetweenReadsInMillis(production ? 1000 : 200)
              .maxPendingProcessRecordsInput(0);
      var leases =
          configs
              .leaseManagementConfig()
              .failoverTimeMillis(production ? 10_000 : 1000)
              .leaseAssignmentIntervalMillis(production ? 2000L : 500L)
              .listShardsBackoffTimeInMillis(200)
              .shardSyncIntervalMillis(1)
              .consistentReads(true)
              .leaseAssignmentStrategy(LeaseAssignmentStrategy.LEASE_COUNT_BASED)
              .dynamoDbLockBasedLeaderLeaseDurationInMillis(production ? 20_000 : 5000)
              .dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(production ? 4000 : 500)
              .gracefulLeaseHandoffConfig(
                  GracefulLeaseHandoffConfig.builder()
                      .isGracefulLeaseHandoffEnabled(true)
                      .gracefulLeaseHandoffTimeoutMillis(production ? 30_000 : 5000)
                      .build());
      leases
          .workerUtilizationAwareAssignmentConfig()
          .disableWorkerMetrics(true)
          .inMemoryWorkerMetricsCaptureFrequencyMillis(production ? 250 : 100)
          .workerMetricsReporterFreqInMillis(production ? 10_000 : 1000)
          .varianceBalancingFrequency(1);
      var lifecycle = configs.lifecycleConfig();
      lifecycle.aggregatorUtil(new Undivided());
      lifecycle.taskBackoffTimeMillis(100);
      scheduler =
          new Scheduler(
              configs.checkpointConfig(),
              configs
                  .coordinatorConfig()
                  .parentShardPollIntervalMillis(500)
                  .shardConsumerDispatchPollIntervalMillis(100)
                  .skipShardSyncAtWorkerInitializationIfLeasesExist(true),
              leases,
              lifecycle,
              configs
                  .metricsConfig()
                  .metricsFactory(new NullMetricsFactory())
                  .metricsLevel(MetricsLevel.NONE),
              configs.processorConfig().callProcessRecordsEvenForEmptyRecordList(true),
              configs.retrievalConfig().retrievalSpecificConfig(polling));
      if (scheduler.leaseRefresher().isLeaseTableEmpty()) {
        StreamIdCache.initialize(
            scheduler.streamIdCacheManager(), StreamIdOnboardingState.NOT_ONBOARDED);
        for (var config : scheduler.currentStreamConfigMap().values()) {
          var result = scheduler.shardSyncTaskManagerProvider().apply(config).callShardSyncTask();
          assertThat(result.getException()).isNull();
        }
      }
      if (others().isEmpty()) {
        for (Lease lease : scheduler.leaseRefresher().listLeases()) {
          if (lease.actualOwner() == null) {
            scheduler.leaseRefresher().assignLease(lease, name);
          }
        }
      }
      thread =
          new Thread(
              () -> {
                try {
                  scheduler.run();
                } catch (Throwable t) {
                  uncaught = t;
                }
              },
              "kcl-" + name);
      thread.start();
      return this;
    }

    Collection<Lease> held() {
      return scheduler.leaseCoordinator().getAssignments();
    }

    void stop() throws Exception {
      stopping = true;
      assertThat(scheduler.startGracefulShutdown().get(60, TimeUnit.SECONDS)).isTrue();
      evict();
      thread.join(60_000);
      kinesisClient.close();
      dynamo.close();
      cloudWatch.close();
    }

    /** The workers that live, but this one. */
    List<String> others() {
      long since = System.currentTimeMillis() / 1000 - (production ? 30 : 3);
      return tables.scan(r -> r.tableName(app).consistentRead(true)).items().stream()
          .filter(
              i ->
                  i.containsKey("lut")
                      && Long.parseLong(i.get("lut").n()) >= since
                      && !i.get("leaseKey").s().equals(name))
          .map(i -> i.get("leaseKey").s())
          .toList();
    }

    /** Frees what this worker holds, and takes its name out of the assignment. */
    void evict() throws Exception {
      tables.deleteItem(r -> r.tableName(app).key(Map.of("leaseKey", AttributeValue.fromS(name))));
      List<String> others = others();
      for (Lease lease : scheduler.leaseRefresher().listLeases()) {
        if (name.equals(lease.actualOwner())) {
          handOn(lease, others);
        }
      }
    }

    private void handOn(Lease lease, List<String> others) throws Exception {
      if (others.isEmpty()) {
        scheduler.leaseRefresher().evictLease(lease);
      } else {
        scheduler
            .leaseRefresher()
            .assignLease(
                lease, others.get(Math.floorMod(lease.leaseKey().hashCode(), others.size())));
      }
    }

    final class Processor implements ShardRecordProcessor {
      private String shard;

      @Override
      public void initialize(InitializationInput input) {
        shard = input.shardId();
        inits.add(input.toString());
      }

      @Override
      public void processRecords(ProcessRecordsInput input) {
        ticks.incrementAndGet();
        ready.put(shard, true);
        try {
          checkpointAt.at(input.records(), input.checkpointer());
        } catch (Exception e) {
          log.warn("checkpoint", e);
        }
        input
            .records()
            .forEach(
                r -> records.add(StandardCharsets.UTF_8.decode(r.data().duplicate()).toString()));
      }

      @Override
      public void leaseLost(LeaseLostInput input) {
        ready.remove(shard);
      }

      @Override
      public void shardEnded(ShardEndedInput input) {
        try {
          input.checkpointer().checkpoint();
        } catch (Exception e) {
          log.warn("shard end", e);
        }
      }

      @Override
      public void shutdownRequested(ShutdownRequestedInput input) {
        ready.remove(shard);
        if (stopping) {
          try {
            tables.deleteItem(
                r -> r.tableName(app).key(Map.of("leaseKey", AttributeValue.fromS(name))));
            Lease lease = scheduler.leaseRefresher().getLease(shard);
            if (name.equals(lease.actualOwner())) {
              handOn(lease, others());
            }
          } catch (Exception e) {
            log.warn("hand on", e);
          }
        }
      }
    }
  }

  /** Records as they are, each with a sub-sequence that lets every position in it be stored. */
  static final class Undivided extends AggregatorUtil {
    @Override
    public List<KinesisClientRecord> deaggregate(
        List<KinesisClientRecord> records, BigInteger startingHashKey, BigInteger endingHashKey) {
      List<KinesisClientRecord> result = new ArrayList<>(records.size());
      for (KinesisClientRecord r : records) {
        result.add(r.toBuilder().subSequenceNumber(Long.MAX_VALUE).build());
      }
      return result;
    }
  }
}
