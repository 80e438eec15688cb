/** How the data path says what an operator should know, without flooding the log. */
package io.scribbler.agent.log;
