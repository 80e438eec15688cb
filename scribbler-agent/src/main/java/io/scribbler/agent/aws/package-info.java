/** Access to AWS from settings: credentials, region, endpoint, proxy and trust. */
package io.scribbler.agent.aws;
