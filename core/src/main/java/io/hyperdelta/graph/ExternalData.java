package io.hyperdelta.graph;

/**
 * Whether a model may keep values of its tensors in other files. A file that names other files can
 * make its reader hand out what the reader's user may see and the model's maker may not.
 */
public enum ExternalData {
  /** Such a model is refused. */
  REFUSED,
  /**
   * The values are read from regular files in the model's folder or below it. Absolute paths, ways
   * out of the folder, symbolic links, and files with several hard links are refused; the last only
   * where the platform tells their number, which Windows does not.
   */
  IN_FOLDER
}
