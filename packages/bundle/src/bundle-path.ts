/** Longest path in an archive, top folder included: what a ustar header can hold (155 + "/" + 100). */
const MAX_PATH_BYTES = 256;

const PRINTABLE_ASCII = /^[ -[\]-~]+$/;

/**
 * Says what is wrong with a path inside a bundle, or null when it is fine.
 *
 * A path is relative, `/`-separated and printable ASCII without backslash: it means the same on
 * every file system and terminal, and needs no escaping in a `sha256sum` list.
 */
export function findPathProblem(path: string): string | null {
  if (path === "") return "the path is empty";
  if (path.length > MAX_PATH_BYTES) return `the path is longer than ${MAX_PATH_BYTES} characters`;
  if (!PRINTABLE_ASCII.test(path))
    return "the path has characters other than printable ASCII, or a backslash";
  if (path.startsWith("/")) return "the path is absolute";
  for (const segment of path.split("/")) {
    if (segment === "") return "the path has an empty segment";
    if (segment === "." || segment === "..") return `the path has a ${segment} segment`;
  }
  return null;
}

/** A path from an untrusted archive made safe to print: everything but printable ASCII is escaped. */
export function showPath(path: string): string {
  const shown = path.slice(0, MAX_PATH_BYTES);
  return `"${shown.replaceAll(/[^ -~]/g, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`)}"`;
}
