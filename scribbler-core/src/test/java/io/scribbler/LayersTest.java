package io.scribbler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What this module may know of: the JDK and zstd, since jobs of any kind embed it. */
final class LayersTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.scribbler");

  @Test
  void coreKnowsTheJdkAndZstd() {
    assertThat(MAIN).isNotEmpty();
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.scribbler..", "java..", "javax.net.ssl..", "com.github.luben.zstd..")
        .check(MAIN);
  }

  @Test
  void recordsAndNetKnowNothingOfEachOther() {
    noClasses()
        .that()
        .resideInAPackage("io.scribbler.record..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.scribbler.net..")
        .check(MAIN);
    noClasses()
        .that()
        .resideInAPackage("io.scribbler.net..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.scribbler.record..")
        .check(MAIN);
  }

  @Test
  void classesAreFinalUnlessMadeToBeExtended() {
    DescribedPredicate<JavaClass> concrete =
        DescribedPredicate.describe(
            "concrete", c -> !c.isInterface() && !c.getModifiers().contains(JavaModifier.ABSTRACT));
    classes()
        .that(concrete)
        .and()
        .areNotAnonymousClasses()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(MAIN);
  }
}
