/**
 * What the agent counts: the ledger, whose terms must balance; Prometheus' view of it; the admin
 * server.
 */
package io.scribbler.agent.metrics;
