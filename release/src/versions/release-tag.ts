const plainVersion = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;

/** A release's tag by the policy's pattern (`v{version}`). */
export function releaseTag(pattern: string, version: string): string {
  return pattern.replaceAll("{version}", version);
}

/** The version a tag names, or null when it is not a release's tag. Pre-releases are none. */
export function versionOfTag(pattern: string, tag: string): string | null {
  const [before = "", after = ""] = pattern.split("{version}");
  if (!tag.startsWith(before) || !tag.endsWith(after)) return null;
  const version = tag.slice(before.length, tag.length - after.length);
  return plainVersion.test(version) && releaseTag(pattern, version) === tag ? version : null;
}

/** Orders `MAJOR.MINOR.PATCH` versions: oldest first. */
export function compareVersions(left: string, right: string): number {
  const lefts = left.split(".").map(Number);
  const rights = right.split(".").map(Number);
  for (const place of [0, 1, 2]) {
    const difference = (lefts[place] ?? 0) - (rights[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Is `next` exactly one patch after `last`? */
export function isNextPatch(last: string, next: string): boolean {
  const [major = 0, minor = 0, patch = 0] = last.split(".").map(Number);
  return next === `${String(major)}.${String(minor)}.${String(patch + 1)}`;
}
