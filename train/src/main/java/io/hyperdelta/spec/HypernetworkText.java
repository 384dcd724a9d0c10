package io.hyperdelta.spec;

import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** Writes hypernetworks the way a spec file says them. Stateless. */
public final class HypernetworkText {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().disable(YAMLWriteFeature.WRITE_DOC_START_MARKER).build();

  private HypernetworkText() {}

  /** The section {@code hypernetworks} of a spec file, to take the place of the one there. */
  public static String yaml(Map<String, HypernetworkSpec> hypernetworks) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode section = root.putObject("hypernetworks");
    hypernetworks.forEach((name, spec) -> section.set(name, SpecWriter.hypernetwork(spec)));
    return YAML.writeValueAsString(root);
  }
}
