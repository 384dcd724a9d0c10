package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PeftConfigTest {
  private static PeftConfig read(String json) {
    return PeftConfig.read(json.getBytes(StandardCharsets.UTF_8), "c.json");
  }

  private static PeftConfig with(String property) {
    return read("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 6, " + property + "}");
  }

  @Test
  void theScaleIsAlphaOverTheRankOrItsRoot() {
    assertThat(with("\"bias\": \"none\"").scaleOf("m")).isEqualTo(1.5);
    assertThat(with("\"use_rslora\": true").scaleOf("m")).isEqualTo(3);
  }

  @Test
  void theFirstPatternThatMatchesCounts() {
    PeftConfig config =
        with(
            "\"rank_pattern\": {\"^a.fc\": 1, \"fc\": 2, \"fc[0-9]\": 8, \"a.fc\": 16},"
                + " \"alpha_pattern\": {\"b\\\\.(fc|gc)\": 10}, \"use_rslora\": null");

    assertThat(config.rankOf("a.fc")).isEqualTo(1);
    assertThat(config.rankOf("b.a.fc")).isEqualTo(2);
    assertThat(config.rankOf("b.fc3")).isEqualTo(8);
    assertThat(config.rankOf("b.xfc")).as("no whole segment").isEqualTo(4);
    assertThat(config.rankOf("fc.b")).as("not at the end").isEqualTo(4);
    assertThat(config.scaleOf("b.fc")).isEqualTo(5);
    assertThat(config.scaleOf("b.gc")).isEqualTo(2.5);
    assertThat(config.scaleOf("bb.fc")).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"init_lora_weights\": true",
        "\"init_lora_weights\": false",
        "\"init_lora_weights\": \"gaussian\"",
        "\"modules_to_save\": []",
        "\"layer_replication\": null",
        "\"fan_in_fan_out\": true",
        "\"somethingNew\": [1]"
      })
  void whatChangesNothingIsTaken(String property) {
    assertThat(with(property).rank()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"use_dora\": true | it sets use_dora, which is not supported: DoRA also rescales the columns of each weight. Expected none, got true.",
        "\"modules_to_save\": [\"head\"] | it sets modules_to_save, which is not supported: whole modules would be replaced. Expected none, got [\"head\"].",
        "\"lora_bias\": true | it sets lora_bias, which is not supported: the factors have biases. Expected none, got true.",
        "\"use_qalora\": true | it sets use_qalora, which is not supported: inputs would be pooled first. Expected none, got true.",
        "\"use_bdlora\": {\"a\":1} | it sets use_bdlora, which is not supported: the factors are block-diagonal. Expected none, got {\"a\":1}.",
        "\"layer_replication\": [[0,4]] | it sets layer_replication, which is not supported: layers would be repeated. Expected none, got [[0,4]].",
        "\"target_parameters\": [\"p\"] | it sets target_parameters, which is not supported: parameters outside modules would be adapted. Expected none, got [\"p\"].",
        "\"trainable_token_indices\": [1] | it sets trainable_token_indices, which is not supported: single tokens would be adapted. Expected none, got [1].",
        "\"alora_invocation_tokens\": [1] | it sets alora_invocation_tokens, which is not supported: only some tokens would be adapted. Expected none, got [1].",
        "\"arrow_config\": {\"a\":1} | it sets arrow_config, which is not supported: adapters would be mixed by a router. Expected none, got {\"a\":1}.",
        "\"bias\": \"all\" | its bias is not supported: biases would be replaced. Expected \"none\", got \"all\".",
        "\"bias\": \"lora_only\" | its bias is not supported: biases would be replaced. Expected \"none\", got \"lora_only\".",
        "\"init_lora_weights\": \"pissa_niter_4\" | its init_lora_weights is not supported: the base model's weights may have been changed with it. Expected true, false or one of \"eva\", \"gaussian\", \"orthogonal\", got \"pissa_niter_4\". Maybe you can convert it to plain LoRA when you save it with PEFT.",
        "\"use_rslora\": \"yes\" | its use_rslora is no flag. Expected true or false, got \"yes\".",
        "\"fan_in_fan_out\": 1 | its fan_in_fan_out is no flag. Expected true or false, got 1.",
        "\"rank_pattern\": [1] | its rank_pattern cannot be used. Expected at most 10000 numbers by module, got [1].",
        "\"rank_pattern\": {\"a\": 0} | its rank_pattern is no rank. Expected a whole number of 1 or more, got 0.",
        "\"alpha_pattern\": {\"a\": \"1\"} | its alpha_pattern is no number. Expected a finite number, got \"1\".",
        "\"rank_pattern\": {\"(a\": 1} | its rank_pattern has a key that is no pattern. Expected a module's name or a simple regular expression, got \"(a\", which is not read from character 2 on.",
      })
  void whatIsNotSupportedIsRefused(String property, String message) {
    refused("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 6, " + property + "}", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"peft_type\": \"IA3\"} | its peft_type is not supported. Expected \"LORA\", got \"IA3\".",
        "{} | its peft_type is not supported. Expected \"LORA\", got nothing.",
        "[] | it is no JSON object. Expected the file that PEFT writes, got something else.",
        "{\"peft_type\": \"LORA\"} | its r is no rank. Expected a whole number of 1 or more, got nothing.",
        "{\"peft_type\": \"LORA\", \"r\": 1.5} | its r is no rank. Expected a whole number of 1 or more, got 1.5.",
        "{\"peft_type\": \"LORA\", \"r\": 1} | its lora_alpha is no number. Expected a finite number, got nothing.",
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1e999} | its lora_alpha is no number. Expected a finite number, got \"Infinity\".",
      })
  void whatIsMissingOrWrongIsRefused(String json, String message) {
    refused(json, message);
  }

  @Test
  void textThatIsNoJsonIsRefused() {
    for (String json : new String[] {"", "{", "{\"r\": 1, \"r\": 2}", "[".repeat(5_000)}) {
      assertThatThrownBy(() -> read(json))
          .isInstanceOf(BundleException.class)
          .hasMessageStartingWith("PEFT configuration \"c.json\" cannot be used: it is no ");
    }
  }

  @Test
  @Timeout(20)
  void aPatternThatOthersTakeForEverWithIsSoonDecided() {
    String name = "a".repeat(5_000);
    for (String pattern : new String[] {"(a+)+b", "(a|a?)+b", "(.*)(.*)(.*)(.*)(.*)(.*)b"}) {
      assertThat(new ModulePattern(pattern).matches(name)).isFalse();
      assertThat(new ModulePattern(pattern).matches(name + "b")).isTrue();
    }
  }

  /** Java's own regular expressions are the oracle. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a.b",
        "a\\.b",
        "^a",
        "^b",
        "a$",
        "a$b",
        "[ab]",
        "[^a]",
        "[a-c]+",
        "a|b",
        "(a|b)*",
        "(?:ab)+",
        "(a*)*",
        "(a?b?)*",
        "a.*b",
        "x?a",
        "a+?b",
        "\\d+",
        "\\w*",
        "(|a)b",
        "[.]",
        "b|^a.a",
        "a[0-9]+|b",
        "((a)(b))",
        "[-a]",
        "[]a]"
      })
  void aPatternMatchesAsRegularExpressionsDo(String pattern) {
    Pattern oracle = Pattern.compile("(?:.*\\.)?(?:" + pattern.replace("[]a]", "[\\]a]") + ")");
    ModulePattern ours = new ModulePattern(pattern);
    String letters = "ab.1";
    for (int code = 0; code < 4 * 4 * 4 * 4 * 4; code++) {
      for (int length = 0; length <= 5; length++) {
        StringBuilder name = new StringBuilder();
        for (int i = 0, rest = code; i < length; i++, rest /= 4) {
          name.append(letters.charAt(rest % 4));
        }
        assertThat(ours.matches(name.toString()))
            .as("%s on %s", pattern, name)
            .isEqualTo(oracle.matcher(name).matches());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(", ")", "a)", "*", "a**", "a*+", "a{2}", "[a", "[", "[b-a]", "\\", "\\1", "\\b", "(?i)a",
        "(?=a)"
      })
  void aPatternThatIsNotReadIsRefused(String pattern) {
    assertThatThrownBy(() -> new ModulePattern(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Expected a module's name or a simple regular expression, got \"%s\", which is not read from character "
                .formatted(pattern));
  }

  @Test
  void aPatternThatIsTooLongOrTooDeepIsRefused() {
    assertThatThrownBy(() -> new ModulePattern("a".repeat(1_001)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Expected a pattern of at most 1000 characters, got 1001.");
    assertThatThrownBy(() -> new ModulePattern("(".repeat(51) + ")".repeat(51)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Whatever the bytes: a configuration with usable scales, or a message. */
  static void assertReadOrRefused(byte[] bytes) {
    try {
      PeftConfig config = PeftConfig.read(bytes, "hostile.json");
      for (String module : new String[] {"query", "layer.0.query", "a".repeat(200)}) {
        double scale = config.scaleOf(module);
        if (!Double.isFinite(scale) || config.rankOf(module) < 1) {
          throw new AssertionError("scale " + scale);
        }
      }
    } catch (BundleException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.endsWith(".") || message.length() > 2_000 + bytes.length) {
        throw new AssertionError(message, e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "((a)*b)*", "(?i)", "a{1,999999999}", "\\\\", "[[a]&&[", "(?<n>a)"})
  void hostilePatternsAreReadOrRefused(String pattern) {
    for (String repeated : new String[] {pattern, pattern.repeat(900 / pattern.length())}) {
      assertReadOrRefused(
          "{\"peft_type\":\"LORA\",\"r\":1,\"lora_alpha\":1,\"rank_pattern\":{\"%s\":2}}"
              .formatted(repeated)
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void refused(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(BundleException.class)
        .hasMessage("PEFT configuration \"c.json\" cannot be used: " + message);
  }
}
