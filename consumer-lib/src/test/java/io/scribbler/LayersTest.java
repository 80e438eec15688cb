package io.scribbler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
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

  @ArchTest
  static final ArchRule theTestKitUsesWhatUsersAndEnginesHave =
      classes()
          .that()
          .resideInAPackage("io.scribbler.consumer.testkit..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.scribbler.consumer",
              "io.scribbler.consumer.engine",
              "io.scribbler.consumer.testkit..",
              "io.scribbler.net..",
              "io.scribbler.record..");

  @ArchTest
  static final ArchRule nothingUsesTheTestKit =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.scribbler.consumer.testkit..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.scribbler.consumer.testkit..");

  @ArchTest
  static final ArchRule readingKnowsNoEngine =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.consumer.reading..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.scribbler.consumer.file..",
              "io.scribbler.consumer.kcl..",
              "io.scribbler.consumer.engine..");

  @ArchTest
  static final ArchRule theEngineOfFilesDoesNotKnowKcl =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.consumer.file..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.scribbler.consumer.kcl..");

  @ArchTest
  static final ArchRule kclDoesNotKnowTheEngineOfFiles =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.consumer.kcl..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.scribbler.consumer.file..")
          .allowEmptyShould(true);
}
