import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import type { Git } from "./git.ts";
import { withOwnedDirectory } from "./owned-directory.ts";

export interface FreshCloneOptions {
  readonly git: Git;
  readonly commit: string;
  /** Set in the clone, so that tools that ask git for the version find it. */
  readonly tag: string;
  readonly pid: number;
}

/**
 * Runs `work` in a clone that holds one commit and nothing else, outside every other checkout: no
 * history, no untracked file, no dependency folder above it can get into what is made there.
 * It is removed afterwards; those that killed runs left behind are removed first.
 */
export async function withFreshClone<Value>(
  options: FreshCloneOptions,
  work: (directory: string) => Promise<Value>,
): Promise<Value> {
  const folder = await cloneFolder(options.git.env["TMPDIR"]);
  return withOwnedDirectory({ folder, pid: options.pid }, async (directory) => {
    const { git, commit, tag } = options;
    // The user's own hooks would run here, as settings of theirs reach every clone.
    const withoutHooks = ["-c", "core.hooksPath=/dev/null"];
    await git.text([
      ...withoutHooks,
      "init",
      "--quiet",
      "--template=",
      "--initial-branch=clone",
      directory,
    ]);
    const clone = git.in(directory);
    await clone.text(["config", "core.autocrlf", "false"]);
    // A commit may be asked for by its name; a shallow or a linked checkout serves it as well.
    const serve = "git -c uploadpack.allowAnySHA1InWant=true upload-pack";
    const fetch = [
      ...withoutHooks,
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--upload-pack",
      serve,
    ];
    await clone.text([...fetch, git.directory, commit]);
    await clone.text([...withoutHooks, "checkout", "--quiet", "--detach", commit]);
    await clone.text([...withoutHooks, "update-ref", `refs/tags/${tag}`, commit]);
    return work(directory);
  });
}

/** A folder of this user alone: what is built there is shipped. */
async function cloneFolder(temporary: string | undefined): Promise<string> {
  const user = process.getuid?.() ?? 0;
  const folder = join(temporary ?? "/tmp", `trunkline-clones-of-${String(user)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  const isPrivate = status.isDirectory() && status.uid === user && (status.mode & 0o022) === 0;
  if (isPrivate) return folder;
  throw new Failure({
    code: "file-unusable",
    message: `${folder} belongs to somebody else, or others may write to it.`,
    next: "Remove it, or set TMPDIR to a folder of your own.",
  });
}
