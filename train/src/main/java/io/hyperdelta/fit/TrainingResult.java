package io.hyperdelta.fit;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.evaluate.Evaluation;
import java.util.List;

/**
 * What a training run leaves.
 *
 * @param bundle the published bundle
 * @param evaluation how good the models are on held-out rows
 * @param summary sizes
 * @param parity what the check of the export found to hold, a line each
 */
public record TrainingResult(
    Bundle bundle, Evaluation evaluation, Summary summary, List<String> parity) {}
