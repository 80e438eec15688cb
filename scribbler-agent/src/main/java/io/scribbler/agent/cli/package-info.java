/** Programs: options, exit codes, logs. */
package io.scribbler.agent.cli;
