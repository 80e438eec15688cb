/** Sealed records on disk: segments, what of them is delivered, and the folders they lie in. */
package io.scribbler.agent.spool;
