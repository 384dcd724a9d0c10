/**
 * Training as HyperDelta does it, beside what a user would write in PyTorch: the same work from the
 * same files, in turn, each side in a process of its own.
 */
@NullMarked
package io.hyperdelta.sidebyside;

import org.jspecify.annotations.NullMarked;
