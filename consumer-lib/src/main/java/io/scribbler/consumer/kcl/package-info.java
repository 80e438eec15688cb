/** An engine of Amazon's Kinesis Client Library, for several processes and with DynamoDB. */
package io.scribbler.consumer.kcl;
