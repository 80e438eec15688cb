/** Settings: from YAML or options into immutable, validated records. */
package io.scribbler.agent.config;
