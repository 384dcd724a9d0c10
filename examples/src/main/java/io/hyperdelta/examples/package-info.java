/** One idea each, compiled and tested. */
@NullMarked
package io.hyperdelta.examples;

import org.jspecify.annotations.NullMarked;
