/** Rewrites a target graph so that it applies adaptations. */
@NullMarked
package io.hyperdelta.weave;

import org.jspecify.annotations.NullMarked;
