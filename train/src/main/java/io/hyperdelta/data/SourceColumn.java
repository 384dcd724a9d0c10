package io.hyperdelta.data;

/**
 * A column that a source offers.
 *
 * @param name the column's name
 * @param type its SQL type, such as {@code BIGINT} or {@code VARCHAR}
 */
public record SourceColumn(String name, String type) {}
