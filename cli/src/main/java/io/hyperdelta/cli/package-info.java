/** The command line. */
@NullMarked
package io.hyperdelta.cli;

import org.jspecify.annotations.NullMarked;
