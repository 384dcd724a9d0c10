/** What programs cost, and that they are right, on networks that others trained. */
@NullMarked
package io.hyperdelta.benchmarks;

import org.jspecify.annotations.NullMarked;
