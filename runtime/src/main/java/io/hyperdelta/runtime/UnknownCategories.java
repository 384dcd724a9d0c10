package io.hyperdelta.runtime;

import org.jspecify.annotations.Nullable;

/**
 * The rows of a prediction whose category was not in training: an embedding gives them the vector
 * for unknown ones, a table what all contexts share.
 *
 * @param column the category's column
 * @param count rows with an unknown one
 * @param firstRow the first of them, from 0
 * @param value its text; null if it is missing
 */
public record UnknownCategories(String column, int count, int firstRow, @Nullable String value) {}
