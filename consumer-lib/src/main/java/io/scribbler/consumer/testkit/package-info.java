/**
 * For unit tests of what a consumer does with messages: a stream in memory with shards, time that
 * is moved by hand, and the accidents of production at the moment that the test chooses. No
 * network, no waiting.
 *
 * <pre>{@code
 * TestStream stream = TestStream.withShards(1);
 * TestEngine engine = stream.engine();
 * try (Consumer consumer =
 *     Consumer.builder()
 *         .application("etl")
 *         .stream("firehose")
 *         .engine(engine) // in place of .state(...) or KCL
 *         .onMessage(message -> warehouse.insert(message.text()))
 *         .build()) {
 *   consumer.start();
 *   warehouse.failOnce();
 *   stream.put("impressions", "a");
 *   stream.settle(); // handled as far as it goes: the first attempt has failed
 *   stream.time().advance(Duration.ofSeconds(1));
 *   stream.settle(); // the second one
 *   assertThat(warehouse.rows()).containsExactly("a");
 * }
 * }</pre>
 *
 * <p>Records are made by the encoders that agents use and read by the real decoder; the consumer,
 * with its retries, time limits and checkpoints, is the one that runs in production. In place of
 * the engine there is {@link io.scribbler.consumer.testkit.TestEngine}, which keeps the contract of
 * engines: shards in order, parents before children, checkpoints of one application shared by its
 * processes.
 *
 * <ul>
 *   <li>{@link io.scribbler.consumer.testkit.TestStream}: put, split, merge, lose records, and
 *       {@code settle()}.
 *   <li>{@link io.scribbler.consumer.testkit.TestRecord}: records with keys and identities, of any
 *       format, or broken.
 *   <li>{@link io.scribbler.consumer.testkit.TestEngine}: a process; it can crash, lose a shard,
 *       fail to store, and tells what is committed.
 *   <li>{@link io.scribbler.consumer.testkit.TestTime}: {@code advance()}, and {@code sleep()} for
 *       handlers that are to be slow.
 * </ul>
 */
package io.scribbler.consumer.testkit;
