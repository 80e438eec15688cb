package io.scribbler.local;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The embedded stream knows nothing of the agent, nor of the SDK that talks to it. */
@AnalyzeClasses(packages = "io.scribbler", importOptions = ImportOption.DoNotIncludeTests.class)
class LocalLayersTest {
  @ArchTest
  static final ArchRule STANDS_ALONE =
      noClasses()
          .that()
          .resideInAPackage("io.scribbler.local..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.scribbler.agent..", "software.amazon.awssdk..");
}
