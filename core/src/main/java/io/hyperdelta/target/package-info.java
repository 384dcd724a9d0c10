/** The frozen target network: its adaptable sites and the parts that select among them. */
@NullMarked
package io.hyperdelta.target;

import org.jspecify.annotations.NullMarked;
