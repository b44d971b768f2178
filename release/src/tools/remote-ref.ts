import { gitFailure } from "./git.ts";
import type { Git } from "./git.ts";
import { saysMovedMeanwhile } from "./moved-meanwhile.ts";
import type { CommandResult } from "./run-command.ts";

const maxReads = 10;

/** Is this remote configured? Without one, refs live in this repository alone. */
export async function hasRemote(git: Git, remote: string): Promise<boolean> {
  return (await git.lines(["remote"])).includes(remote);
}

/**
 * The object a ref points at on the remote, with its history fetched; null when it is not there.
 * @throws Failure `git-failed` when the remote cannot be reached
 */
export async function readRemoteRef(git: Git, remote: string, ref: string): Promise<string | null> {
  if (!(await hasRemote(git, remote))) {
    const local = await git.attempt(["rev-parse", "--verify", "--quiet", ref]);
    return local.code === 0 ? local.stdout.toString().trim() : null;
  }
  for (let attempt = 1; ; attempt += 1) {
    const [line] = await git.lines(["ls-remote", remote, ref]);
    const object = line?.split("\t")[0] ?? null;
    if (object === null || (await isKnown(git, object))) return object;
    // The ref may move or go between the two questions: then the first one is asked again.
    const fetched = await fetchObject(git, remote, ref);
    if (await isKnown(git, object)) return object;
    if (attempt === maxReads) throw gitFailure(git.directory, fetched.args, fetched.result);
  }
}

async function isKnown(git: Git, object: string): Promise<boolean> {
  return (await git.attempt(["cat-file", "-e", object])).code === 0;
}

export interface RefSwap {
  readonly remote: string;
  readonly ref: string;
  /** What the ref must point at now; null: it must not exist. */
  readonly before: string | null;
  /** What it shall point at; null deletes it. */
  readonly after: string | null;
}

/**
 * Compare-and-swap of one ref on the remote (or here, where there is no remote).
 * @returns false when somebody else was first
 * @throws Failure `git-failed` for any other reason
 */
export async function publishRef(git: Git, swap: RefSwap): Promise<boolean> {
  if (!(await hasRemote(git, swap.remote))) return updateLocal(git, swap);
  const args = [
    "push",
    "--porcelain",
    "--no-verify",
    `--force-with-lease=${swap.ref}:${swap.before ?? ""}`,
    swap.remote,
    `${swap.after ?? ""}:${swap.ref}`,
  ];
  const result = await git.attempt(args);
  if (result.code === 0) return true;
  const said = `${result.stdout.toString()}\n${result.stderr}`;
  if (saysMovedMeanwhile(said)) return false;
  throw gitFailure(git.directory, args, result);
}

async function updateLocal(git: Git, swap: RefSwap): Promise<boolean> {
  const { ref, before, after } = swap;
  // `update-ref -d` without an old object would delete whatever is there.
  if (before === null && after === null) return (await git.resolve(ref)) === null;
  // An empty old object: the ref must not exist, however long this repository's names are.
  const args =
    after === null
      ? ["update-ref", "-d", ref, before ?? ""]
      : ["update-ref", ref, after, before ?? ""];
  const result = await git.attempt(args);
  if (result.code === 0) return true;
  if (saysMovedMeanwhile(result.stderr)) return false;
  throw gitFailure(git.directory, args, result);
}

/** Objects only, no ref of this repository: concurrent readers must not fight for its lock. */
async function fetchObject(
  git: Git,
  remote: string,
  ref: string,
): Promise<{ readonly args: readonly string[]; readonly result: CommandResult }> {
  const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", remote, ref];
  return { args, result: await git.attempt(args) };
}
