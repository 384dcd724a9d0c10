/** The hypernetwork: condition encoder, trunk and heads, as graph nodes. */
@NullMarked
package io.hyperdelta.hypernetwork;

import org.jspecify.annotations.NullMarked;
