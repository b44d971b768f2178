import { basename } from "node:path";
import type { Git } from "../tools/git.ts";
import { readTreeFiles } from "../tools/read-tree-files.ts";
import type { TreeFile } from "../tools/read-tree-files.ts";
import { isVersionChangeOnly } from "../versions/manifest-version.ts";
import type { RawCommit } from "./read-commits.ts";

/** A cut writes one manifest for each package of the fixed group; more are refused unread. */
const maxManifests = 1000;

/**
 * Of the child of the cut point, when it calls itself bookkeeping: the `package.json` files in
 * which it does anything but write another version, by commit.
 */
export async function readChangedManifests(
  git: Git,
  commits: readonly RawCommit[],
  cutPoint: string | null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const changed = new Map<string, readonly string[]>();
  if (cutPoint === null) return changed;
  const first = commits.find(({ parents }) => parents.length === 1 && parents[0] === cutPoint);
  if (first === undefined || first.bookkeeping.length === 0) return changed;
  const manifests = new Set(first.files.filter((file) => basename(file) === "package.json"));
  if (manifests.size === 0) return changed;
  if (manifests.size > maxManifests) return changed.set(first.commit, [...manifests]);
  const picks = (path: string): boolean => manifests.has(path);
  const before = byPath(await readTreeFiles(git, cutPoint, picks));
  const after = byPath(await readTreeFiles(git, first.commit, picks));
  const others = [...manifests].filter(
    (path) => !sameButVersion(before.get(path), after.get(path)),
  );
  return changed.set(first.commit, others);
}

function byPath(files: readonly TreeFile[]): ReadonlyMap<string, TreeFile> {
  return new Map(files.map((file) => [file.path, file]));
}

/** A manifest that was added, removed, made a link or executable is another one. */
function sameButVersion(before: TreeFile | undefined, after: TreeFile | undefined): boolean {
  if (before === undefined || after === undefined || before.mode !== after.mode) return false;
  return isVersionChangeOnly(before.content.toString(), after.content.toString());
}
