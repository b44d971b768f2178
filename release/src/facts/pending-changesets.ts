import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, matchesGlob } from "node:path";
import { exitCodes, Failure } from "../failure.ts";
import type { Policy } from "../policy/config.ts";
import type { Git } from "../tools/git.ts";
import { withOwnedDirectory } from "../tools/owned-directory.ts";
import { readTreeFiles } from "../tools/read-tree-files.ts";
import type { TreeFile } from "../tools/read-tree-files.ts";
import { highestBump } from "../versions/next-line-version.ts";
import type { Bump } from "../versions/next-line-version.ts";
import { planRelease } from "./release-plan.ts";
import { readWorkspace } from "./workspace.ts";
import type { WorkspacePackage } from "./workspace.ts";

export interface PendingChangeset {
  /** The file's name without `.md`. */
  readonly id: string;
  /** Its path in the repository. */
  readonly file: string;
  /** What the author wrote, Markdown. */
  readonly summary: string;
  readonly bump: Bump;
}

export interface PendingChangesets {
  /** Changesets about the product, in the order of their names. */
  readonly changesets: readonly PendingChangeset[];
  /** The highest bump they ask for. */
  readonly bump: Bump;
  /** The `package.json` files that carry the product's version: the product's and its fixed group's. */
  readonly versionFiles: readonly string[];
}

export interface PendingOptions {
  readonly git: Git;
  readonly policy: Policy;
  readonly commit: string;
  /** Commits that lines were cut from: what was pending there has been consumed. */
  readonly cutCommits: readonly string[];
  /** Trunkline's folder inside the git directory, where the changesets are laid out to be read. */
  readonly privateDirectory: string;
  /** The process that lays them out: what a killed one left behind is removed. */
  readonly pid: number;
}

/**
 * The changesets a commit carries about the product (its package, the fixed group, and the
 * workspace packages it is made of) that no earlier cut has consumed.
 * @throws Failure `config-invalid` when the product's package is not there, or a changeset cannot be read
 */
export async function readPendingChangesets(options: PendingOptions): Promise<PendingChangesets> {
  const { git, policy, commit } = options;
  const files = await readTreeFiles(git, commit, (path) => isPlanningFile(path, policy));
  const workspace = readWorkspace(files, policy);
  const consumed = await consumedFiles(options);
  const fresh = files.filter((file) => !consumed.has(file.path));
  const plan = await withTree(fresh, options, (directory) => planRelease(directory, commit));
  const about = new Set(workspace.productPackages);
  const changesets = plan.changesets
    .filter((changeset) => changeset.releases.some((release) => about.has(release.name)))
    .map((changeset) => ({
      id: changeset.id,
      file: `${policy.changesets.directory}/${changeset.id}.md`,
      summary: changeset.summary,
      bump: highestBump(
        changeset.releases.flatMap((release) => (about.has(release.name) ? [release.type] : [])),
      ),
    }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const planned = plan.releases.filter((release) => about.has(release.name));
  return {
    changesets,
    bump: changesets.length === 0 ? "none" : highestBump(planned.map((release) => release.type)),
    versionFiles: workspace.versioned.map((member: WorkspacePackage) => member.file),
  };
}

/** Everything that changesets look at: manifests, workspace files, the changesets themselves. */
function isPlanningFile(path: string, policy: Policy): boolean {
  if (path.split("/").includes("node_modules")) return false;
  if (path.startsWith(`${policy.changesets.directory}/`)) return true;
  return basename(path) === "package.json" || rootFiles.has(path);
}

const rootFiles = new Set([
  "pnpm-workspace.yaml",
  "package-lock.json",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
  "lerna.json",
  "rush.json",
]);

async function consumedFiles(options: PendingOptions): Promise<ReadonlySet<string>> {
  const { git, policy } = options;
  const consumed = new Set<string>();
  for (const commit of new Set(options.cutCommits)) {
    if ((await git.resolve(commit)) === null) continue;
    const glob = `${policy.changesets.directory}/*.md`;
    const args = ["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit];
    const paths = (await git.text([...args, policy.changesets.directory])).split("\0");
    for (const path of paths) if (matchesGlob(path, glob)) consumed.add(path);
  }
  return consumed;
}

/** Writes the files into a temporary folder, with the changesets where the library looks for them. */
async function withTree<Value>(
  files: readonly TreeFile[],
  { policy, privateDirectory, pid }: PendingOptions,
  work: (directory: string) => Promise<Value>,
): Promise<Value> {
  const folder = join(privateDirectory, "changesets");
  return withOwnedDirectory({ folder, pid }, async (directory) => {
    const config = join(directory, ".changeset", "config.json");
    await mkdir(dirname(config), { recursive: true });
    await writeFile(config, "{}");
    for (const file of files)
      await writeFile(await placeOf(file.path, directory, policy), file.content);
    return work(directory);
  });
}

async function placeOf(path: string, directory: string, policy: Policy): Promise<string> {
  const prefix = `${policy.changesets.directory}/`;
  const place = path.startsWith(prefix) ? `.changeset/${path.slice(prefix.length)}` : path;
  if (place.split("/").includes("..")) {
    throw new Failure({
      code: "config-invalid",
      message: `The repository holds a file named "${path}".`,
      next: "Remove it: a path must not lead out of its folder.",
      exitCode: exitCodes.usage,
    });
  }
  await mkdir(dirname(join(directory, place)), { recursive: true });
  return join(directory, place);
}
