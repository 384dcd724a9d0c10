/** The folder that a training run leaves: graphs, manifest, model card. */
@NullMarked
package io.hyperdelta.bundle;

import org.jspecify.annotations.NullMarked;
