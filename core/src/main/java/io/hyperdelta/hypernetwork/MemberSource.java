package io.hyperdelta.hypernetwork;

/**
 * Names of sources in the members of an ensemble: member, slash, source. A source that belongs to
 * no member has no slash in its name. Stateless.
 */
public final class MemberSource {
  private static final char SLASH = '/';

  private MemberSource() {}

  /**
   * The source as part of a member.
   *
   * @param member the member's name, without a slash
   * @param share what the scale of each of its deltas is multiplied with, finite and above 0
   */
  public static Source of(String member, Source source, double share) {
    return source.renamed(in(member, source.name()), share);
  }

  /** The name of a member's source. */
  public static String in(String member, String source) {
    return member + SLASH + source;
  }

  /** The name of a source without that of its member. */
  public static String plain(String name) {
    return name.substring(name.lastIndexOf(SLASH) + 1);
  }

  /** Whether a source belongs to a member. */
  public static boolean isIn(String member, String name) {
    return name.equals(member + SLASH + plain(name));
  }
}
