/** The training spec: its YAML form, its schema, its records. */
@NullMarked
package io.hyperdelta.spec;

import org.jspecify.annotations.NullMarked;
