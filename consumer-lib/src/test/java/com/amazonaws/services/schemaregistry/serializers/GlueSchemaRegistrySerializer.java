package com.amazonaws.services.schemaregistry.serializers;

/**
 * Stands for Glue's interface of this name, which {@code KinesisProducer} can't be loaded without
 * though it calls it for records with a schema alone. With the jar itself, 50 others would come,
 * and the tests of KCL would no longer show that it runs without Glue.
 */
public interface GlueSchemaRegistrySerializer {}
