/** What a set of changesets asks for. */
export type Bump = "none" | "patch" | "minor" | "major";

const order: readonly Bump[] = ["none", "patch", "minor", "major"];

/** The highest of several bumps; none when there is none. */
export function highestBump(bumps: readonly Bump[]): Bump {
  return bumps.reduce<Bump>(
    (highest, bump) => (order.indexOf(bump) > order.indexOf(highest) ? bump : highest),
    "none",
  );
}

/**
 * The first version of the next line. A line is at least a minor: patches come from
 * backports on a line, so that a lone patch changeset asks for a minor here.
 * @param newest the newest line there is (`1.4`), null for the very first
 * @param first the policy's first line, used when there is none yet
 */
export function nextLineVersion(newest: string | null, bump: Bump, first: string): string {
  if (newest === null) return `${first}.0`;
  const [major = 0, minor = 0] = newest.split(".").map(Number);
  return bump === "major" ? `${String(major + 1)}.0.0` : `${String(major)}.${String(minor + 1)}.0`;
}
