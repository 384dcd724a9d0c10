package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the README quotes is what is compiled and run. */
class ReadmeTest {
  @Test
  void quotesTheJavaExample() throws IOException {
    String example =
        Files.readString(Path.of("src/main/java/io/hyperdelta/examples/HousesExample.java"));

    assertThat(example.lines().count()).isLessThan(40);
    assertThat(readme()).contains("```java\n" + example + "```");
  }

  @Test
  void quotesTheSpecOfTheMainJob() throws IOException {
    assertThat(readme())
        .contains("```yaml\n" + Files.readString(Path.of("houses/houses.yaml")) + "```");
  }

  private static String readme() throws IOException {
    return Files.readString(Path.of("../README.md"));
  }
}
