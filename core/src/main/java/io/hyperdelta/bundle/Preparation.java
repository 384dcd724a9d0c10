package io.hyperdelta.bundle;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/**
 * How columns are made of others before a graph sees them, where no operator of a graph could make
 * them. What is made can be given by the rows themselves instead; then nothing is prepared.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EncodedTexts.class, name = "texts"),
  @JsonSubTypes.Type(value = EncodedNumbers.class, name = "numbers"),
  @JsonSubTypes.Type(value = JoinedColumns.class, name = "joined")
})
public sealed interface Preparation permits EncodedTexts, EncodedNumbers, JoinedColumns {
  /** The columns that are read, with what they hold. */
  Map<String, RawKind> reads();

  /** Names of the columns that are made, in order. */
  List<String> makes();

  /** What the model card says of it, a phrase. */
  String title();
}
