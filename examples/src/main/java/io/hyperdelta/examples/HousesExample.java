package io.hyperdelta.examples;

import io.hyperdelta.fit.Training;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.nio.file.Path;

/** One network for all houses, adapted to the place where each stands. */
public final class HousesExample {
  private HousesExample() {}

  /** Trains on a file of sales, then predicts the log price of one house in two places. */
  public static float[] run(Path sales, Path bundle) {
    DataSpec.Builder data = DataSpec.rows(sales).label("ln(price)");
    data.features("TLA", "yrbuilt", "lotsize", "garage");
    data.contexts("floor(long / 2500)", "floor(lat / 2500)");
    HypernetworkSpec local =
        HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 2), AdaptationSpec.shift("*"));
    Spec.Builder spec = Spec.builder("houses").data(data).target(TargetSpec.mlp(64, 32));
    spec.condition("place", "long", "lat").hypernetwork("local", local);

    Training.of(spec.build()).run(bundle);

    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      Rows.Builder house =
          Rows.builder(2).numbers("TLA", 1500, 1500).numbers("yrbuilt", 1950, 1950);
      house.numbers("lotsize", 8000, 8000).texts("garage", "detached", "detached");
      house.numbers("long", 496734, 511911).numbers("lat", 219979, 222489);
      return model.predict(house.build()).values();
    }
  }
}
