import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Failure } from "../failure.ts";

const maxFiles = 20_000;
const maxDepth = 64;

/** One file of a folder: its `/`-separated path below it, and where its bytes really are. */
export interface ListedFile {
  readonly path: string;
  readonly sourceFile: string;
}

/**
 * Every file of a folder, in the byte order of their paths. Symbolic links are followed as long as
 * they stay inside `within`. Empty folders do not appear.
 * @throws Failure `file-unusable` for a link that leads outside, a device or a socket, or too much
 */
export async function listFiles(directory: string, within: string): Promise<readonly ListedFile[]> {
  const walk: Walk = { within: await realpath(within), files: [] };
  await listInto(walk, directory, "");
  return walk.files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * The real place of a path, which must lie inside `within`; null when nothing is there.
 * @throws Failure `file-unusable` when it leads outside
 */
export async function resolveInside(path: string, within: string): Promise<string | null> {
  const real = await realpath(path).catch(() => null);
  if (real === null) return null;
  const root = await realpath(within);
  if (real === root || real.startsWith(`${root}${sep}`)) return real;
  throw unusable(`${path} leads to ${real}, outside ${root}`);
}

interface Walk {
  readonly within: string;
  readonly files: ListedFile[];
}

async function listInto(walk: Walk, directory: string, prefix: string): Promise<void> {
  if (prefix.split("/").length > maxDepth) {
    throw unusable(`${directory} is nested deeper than ${String(maxDepth)} folders`);
  }
  for (const name of await readdir(directory)) {
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const place = await resolveInside(join(directory, name), walk.within);
    if (place === null) throw unusable(`${join(directory, name)} is a link that leads nowhere`);
    const status = await stat(place);
    if (status.isDirectory()) await listInto(walk, place, path);
    else if (status.isFile()) walk.files.push({ path, sourceFile: place });
    else throw unusable(`${join(directory, name)} is neither a file nor a folder`);
    if (walk.files.length > maxFiles) {
      throw unusable(`${directory} holds more than ${String(maxFiles)} files`);
    }
  }
}

function unusable(what: string): Failure {
  return new Failure({
    code: "file-unusable",
    message: `${what}.`,
    next: "Let the commands of the policy write plain files there, or name another folder in it.",
  });
}
