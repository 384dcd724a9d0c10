/**
 * What went wrong with something the user gave us: the root of the exceptions for bad input, and
 * what messages about it have in common.
 */
@NullMarked
package io.hyperdelta.problem;

import org.jspecify.annotations.NullMarked;
