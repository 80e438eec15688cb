package io.scribbler.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** docs/ARCHITECTURE.md as rules. */
@AnalyzeClasses(packages = "io.scribbler", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {
  @ArchTest
  static final ArchRule ONLY_PROGRAMS_KNOW_THE_COMMAND_LINE =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.scribbler.agent.config..",
              "io.scribbler.agent.log..",
              "io.scribbler.agent.metrics..",
              "io.scribbler.agent.deadletter..",
              "io.scribbler.agent.aws..",
              "io.scribbler.agent.source..",
              "io.scribbler.agent.batch..",
              "io.scribbler.agent.pipe..",
              "io.scribbler.agent.send..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.scribbler.agent.cli..", "picocli..");

  @ArchTest
  static final ArchRule THE_EMBEDDED_STREAM_KNOWS_NOTHING_OF_THE_AGENT =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.local..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.scribbler.agent..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule ONLY_ACCESS_AND_SENDER_KNOW_AWS =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler..")
          .and()
          .resideOutsideOfPackages("io.scribbler.agent.aws..", "io.scribbler.agent.send..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon..");

  @ArchTest
  static final ArchRule ONLY_METRICS_KNOW_MICROMETER =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.scribbler.agent.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule THE_SPOOL_KNOWS_TAPE_AND_NOTHING_OF_THE_AGENT =
      classes()
          .that()
          .resideInAPackage("io.scribbler.agent.spool..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.scribbler.agent.spool..",
              "io.scribbler.agent.metrics..", // what it tells of itself
              "io.scribbler.record..",
              "java..",
              "com.squareup.tape2..",
              "org.slf4j..");

  @ArchTest
  static final ArchRule ONLY_THE_SPOOL_KNOWS_TAPE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.scribbler.agent.spool..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.squareup..");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.scribbler.agent.(*)..").should().beFreeOfCycles();
}
