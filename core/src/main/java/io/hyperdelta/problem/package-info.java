/**
 * What went wrong with something the user gave us: the root of the exceptions for bad input, and
 * spelling advice.
 */
@NullMarked
package io.hyperdelta.problem;

import org.jspecify.annotations.NullMarked;
