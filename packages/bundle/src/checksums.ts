import { fail, succeed } from "./bundle-failure.ts";
import type { Result } from "./bundle-failure.ts";

/** One line of a `sha256sum` list: a file's name as written there and its sha256 in hex. */
export interface Checksum {
  readonly path: string;
  readonly sha256: string;
}

/** Most lines a list may have. */
const MAX_LINES = 100_000;

const LINE = /^([0-9a-f]{64}) [ *](.+)$/;

/**
 * Reads a list as `sha256sum` prints it (text or binary mode). Names that `sha256sum` would escape
 * (backslash, newline) are refused. Failure: `checksums-invalid`, naming the line.
 */
export function parseChecksums(text: string): Result<readonly Checksum[]> {
  if (!text.endsWith("\n"))
    return invalid("it does not end with a newline: it is empty or cut short");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length > MAX_LINES) return invalid(`it has more than ${MAX_LINES} lines`);
  const seen = new Set<string>();
  const checksums: Checksum[] = [];
  for (const [index, line] of lines.entries()) {
    const [, sha256, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || path === undefined)
      return invalid(`line ${index + 1} is not "<sha256>  <name>"`);
    if (seen.has(path)) return invalid(`line ${index + 1} names ${path} a second time`);
    seen.add(path);
    checksums.push({ path, sha256 });
  }
  return succeed(checksums);
}

/** The list as `sha256sum -c` reads it, in the order given. */
export function formatChecksums(checksums: readonly Checksum[]): string {
  return checksums.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join("");
}

function invalid(reason: string): Result<never> {
  return fail(
    "checksums-invalid",
    `The checksum list is not valid: ${reason}.`,
    "Get the list again from where it was published.",
  );
}
