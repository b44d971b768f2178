import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders never looked at when there is no git to say what belongs to the repository. */
const unversioned = /(?:^|\/)(?:node_modules|dist|coverage|\.turbo|\.trunkline|\.git)(?:\/|$)/u;

/**
 * The repository's own files, relative to its root: what git tracks, plus what is
 * new and not ignored. In an unpacked source archive, where there is no `.git`,
 * every file outside the folders that builds make.
 */
export function listRepositoryFiles(root: string): readonly string[] {
  const listed = existsSync(join(root, ".git")) ? listWithGit(root) : listFolder(root);
  const files = listed.filter((path) => existsSync(join(root, path)));
  if (files.length === 0) throw new Error(`no files of a repository under ${root}`);
  return files.toSorted();
}

function listWithGit(root: string): readonly string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const output = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  return [...new Set(output.split("\0").filter((path) => path !== ""))];
}

function listFolder(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !unversioned.test(path));
}
