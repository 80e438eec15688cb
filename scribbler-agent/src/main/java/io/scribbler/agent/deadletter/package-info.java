/** What can't be delivered, with its reason, in a file. */
package io.scribbler.agent.deadletter;
