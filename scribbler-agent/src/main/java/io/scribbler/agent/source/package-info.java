/** Where messages come from: bytes into messages, and the input written through. */
package io.scribbler.agent.source;
