package io.hyperdelta.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who may know whom. A package that is not in the table below fails the build until somebody
 * decides where it belongs.
 */
class ArchitectureTest {
  private static final String ROOT = "io.hyperdelta.";

  private static final Set<String> CORE =
      Set.of("problem", "graph", "target", "condition", "delta", "hypernetwork", "weave", "bundle");
  private static final Set<String> TRAIN =
      Set.of("autodiff", "conformance", "data", "spec", "fit", "evaluate");
  private static final Set<String> BELOW_WEAVE =
      Set.of("problem", "graph", "target", "condition", "delta", "hypernetwork");

  /**
   * Each package with those of ours that it may know. That it may know itself goes without saying.
   */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          entry("problem", Set.of()),
          entry("graph", Set.of("problem")),
          entry("target", Set.of("graph", "problem")),
          entry("delta", Set.of("target", "graph", "problem")),
          entry("condition", BELOW_WEAVE),
          entry("hypernetwork", BELOW_WEAVE),
          entry("weave", CORE),
          entry("bundle", CORE),
          entry("text", Set.of("graph", "problem")),
          entry("autodiff", union(CORE, TRAIN)),
          entry("conformance", Set.of("autodiff", "graph", "problem")),
          entry("data", union(CORE, TRAIN)),
          entry("spec", union(CORE, TRAIN)),
          entry("fit", union(union(CORE, TRAIN), Set.of("text"))),
          entry("evaluate", union(CORE, TRAIN)),
          entry("runtime", union(CORE, Set.of("text"))),
          entry("cli", union(union(CORE, TRAIN), Set.of("runtime", "text"))));

  /** Engines, each with the only packages that may know it. */
  private static final Map<String, Set<String>> ENGINES =
      Map.of(
          "org.bytedeco..", Set.of("autodiff", "conformance", "fit", "evaluate"),
          "org.duckdb..", Set.of("data"),
          "org.ejml..", Set.of("delta"),
          "ai.djl..", Set.of("text"),
          "com.github.benmanes.caffeine..", Set.of("text"),
          "ai.onnxruntime..", Set.of("runtime"),
          "picocli..", Set.of("cli"),
          "me.tongfei..", Set.of("cli"));

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.hyperdelta");

  static Stream<String> packages() {
    return ARROWS.keySet().stream().sorted();
  }

  static Stream<String> engines() {
    return ENGINES.keySet().stream().sorted();
  }

  @Test
  void everyPackageHasItsPlace() {
    assertThat(presentPackages()).isEqualTo(new TreeSet<>(ARROWS.keySet()));
  }

  /** Without it, every rule below could pass because nothing was there to break it. */
  @ParameterizedTest
  @MethodSource("packages")
  void everyPackageHasClasses(String name) {
    long count =
        OURS.stream()
            .filter(c -> c.getPackageName().equals(ROOT + name))
            .filter(c -> !c.getSimpleName().equals("package-info"))
            .count();
    assertThat(count > 0).as("classes in %s", name).isTrue();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void packagesKnowOnlyThoseBelow(String name) {
    String[] forbidden =
        ARROWS.keySet().stream()
            .filter(other -> !other.equals(name) && !known(name).contains(other))
            .map(ArchitectureTest::matcher)
            .toArray(String[]::new);
    assertThat(forbidden.length).isEqualTo(ARROWS.size() - 1 - known(name).size());
    if (forbidden.length > 0) {
      noClasses()
          .that()
          .resideInAPackage(matcher(name))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .check(OURS);
    }
  }

  @ParameterizedTest
  @MethodSource("engines")
  void enginesAreKnownOnlyWhereTheyBelong(String engine) {
    String[] allowed =
        ENGINES.getOrDefault(engine, Set.of()).stream()
            .map(ArchitectureTest::matcher)
            .toArray(String[]::new);
    noClasses()
        .that(not(resideInAnyPackage(allowed)))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(engine)
        .check(OURS);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(OURS);
  }

  @Test
  void classesAreAbstractOrFinal() {
    classes().that().areTopLevelClasses().should(beAbstractOrFinal()).check(OURS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Manager", "Helper", "Util", "Utils", "Impl"})
  void namesSayWhatAClassIs(String suffix) {
    noClasses().should().haveSimpleNameEndingWith(suffix).check(OURS);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(OURS.getPackage("io.hyperdelta").getSubpackagesInTree())
        .filteredOn(p -> !p.getClasses().isEmpty())
        .hasSameSizeAs(ARROWS.keySet())
        .allMatch(p -> p.isAnnotatedWith(NullMarked.class));
  }

  /**
   * The top-level packages that have a class file, package-info included, such as {@code graph}.
   */
  private static Set<String> presentPackages() {
    return OURS.stream()
        .map(c -> c.getPackageName().substring(ROOT.length()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static ArchCondition<JavaClass> beAbstractOrFinal() {
    return new ArchCondition<>("be final, abstract, an interface, an enum or a record") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Set<JavaModifier> modifiers = type.getModifiers();
        boolean closed =
            modifiers.contains(JavaModifier.FINAL)
                || modifiers.contains(JavaModifier.ABSTRACT)
                || type.isInterface()
                || type.isEnum()
                || type.isRecord();
        events.add(
            new SimpleConditionEvent(
                type, closed, type.getName() + (closed ? " is closed" : " can be extended")));
      }
    };
  }

  private static Set<String> known(String name) {
    Set<String> known = new TreeSet<>(ARROWS.getOrDefault(name, Set.of()));
    known.remove(name);
    return known;
  }

  private static String matcher(String name) {
    return ROOT + name + "..";
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    return Stream.of(one, other).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
  }
}
