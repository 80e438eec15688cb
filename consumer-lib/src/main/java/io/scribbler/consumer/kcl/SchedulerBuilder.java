package io.scribbler.consumer.kcl;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.AsyncClients;
import io.scribbler.net.StreamName;
import java.util.Date;
import software.amazon.awssdk.arns.Arn;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.leases.LeaseAssignmentStrategy;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig.GracefulLeaseHandoffConfig;
import software.amazon.kinesis.lifecycle.LifecycleConfig;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/** KCL set up for one stream; why each setting is as it is stands beside it. */
final class SchedulerBuilder {
  private static final long PARENT_POLL_MILLIS = 500;
  private static final long DISPATCH_MILLIS = 100;
  private static final long LIST_SHARDS_BACKOFF_MILLIS = 200;
  private static final long TASK_BACKOFF_MILLIS = 500;

  private SchedulerBuilder() {}

  static Scheduler build(
      AsyncClients clients,
      StreamName stream,
      StartPosition start,
      String table,
      String worker,
      KclTiming timing,
      Feeds feeds) {
    ConfigsBuilder configs =
        new ConfigsBuilder(
            new SingleStreamTracker(identifier(stream), initialPosition(start)),
            table,
            clients.kinesis(),
            clients.dynamoDb(),
            clients.cloudWatch(),
            worker,
            feeds);
    LifecycleConfig lifecycle = configs.lifecycleConfig();
    lifecycle.aggregatorUtil(new Undivided());
    lifecycle.taskBackoffTimeMillis(TASK_BACKOFF_MILLIS);
    return new Scheduler(
        configs.checkpointConfig(),
        configs
            .coordinatorConfig()
            .parentShardPollIntervalMillis(PARENT_POLL_MILLIS)
            .shardConsumerDispatchPollIntervalMillis(DISPATCH_MILLIS)
            // Else each assignment lists the shards; new ones come with the end of their parents.
            // And KCL would compare each key with the shard's range, which it doesn't know now.
            .skipShardSyncAtWorkerInitializationIfLeasesExist(true),
        leases(configs, timing),
        lifecycle,
        configs
            .metricsConfig()
            .metricsFactory(new NullMetricsFactory())
            .metricsLevel(MetricsLevel.NONE),
        // An empty read tells the processor the time.
        configs.processorConfig().callProcessRecordsEvenForEmptyRecordList(true),
        configs
            .retrievalConfig()
            // Only for its size of 0: KCL then takes records in the feed's thread, without a queue.
            .retrievalSpecificConfig(
                new PollingConfig(clients.kinesis()).maxPendingProcessRecordsInput(0))
            .retrievalFactory(feeds));
  }

  private static LeaseManagementConfig leases(ConfigsBuilder configs, KclTiming timing) {
    LeaseManagementConfig leases =
        configs
            .leaseManagementConfig()
            .failoverTimeMillis(timing.failoverMillis)
            .leaseAssignmentIntervalMillis(timing.assignmentMillis)
            .listShardsBackoffTimeInMillis(LIST_SHARDS_BACKOFF_MILLIS)
            // KCL sleeps so long after a listing of the shards, at the very start too.
            .shardSyncIntervalMillis(1)
            // Else a new owner might read a checkpoint that is older than the last one.
            .consistentReads(true)
            // By throughput and load, the default, nothing is balanced when little comes.
            .leaseAssignmentStrategy(LeaseAssignmentStrategy.LEASE_COUNT_BASED)
            .dynamoDbLockBasedLeaderLeaseDurationInMillis(timing.leaderLockMillis)
            .dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(timing.leaderHeartbeatMillis)
            .gracefulLeaseHandoffConfig(
                GracefulLeaseHandoffConfig.builder()
                    .isGracefulLeaseHandoffEnabled(true)
                    .gracefulLeaseHandoffTimeoutMillis(timing.handOverMillis)
                    .build());
    leases
        .workerUtilizationAwareAssignmentConfig()
        .disableWorkerMetrics(true)
        // The first sign of life comes after two samples; until then nothing is assigned.
        .inMemoryWorkerMetricsCaptureFrequencyMillis(timing.livenessSampleMillis)
        .workerMetricsReporterFreqInMillis(timing.livenessMillis)
        .varianceBalancingFrequency(1);
    return leases;
  }

  private static StreamIdentifier identifier(StreamName stream) {
    return stream.arn() == null
        ? StreamIdentifier.singleStreamInstance(stream.name())
        : StreamIdentifier.singleStreamInstance(Arn.fromString(stream.arn()));
  }

  private static InitialPositionInStreamExtended initialPosition(StartPosition start) {
    return start.time() == null
        ? InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON)
        : InitialPositionInStreamExtended.newInitialPositionAtTimestamp(Date.from(start.time()));
  }
}
