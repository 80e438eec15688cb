package io.scribbler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.scribbler", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {
  @ArchTest
  static final ArchRule readersDoNotKnowWritersButTheFormat =
      noClasses()
          .that()
          .resideInAnyPackage("io.scribbler.consumer..", "io.scribbler.firehose..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.scribbler.agent..", "io.scribbler.local..");

  @ArchTest
  static final ArchRule theLibraryDoesNotKnowTheTool =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.consumer..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.scribbler.firehose..", "picocli..", "ch.qos.logback..");
}
