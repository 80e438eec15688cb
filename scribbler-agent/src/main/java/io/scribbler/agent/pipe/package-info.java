/** The thin client of the daemon: standard input into its socket, kept until acknowledged. */
package io.scribbler.agent.pipe;
