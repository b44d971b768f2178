import { gitFailure } from "./git.ts";
import type { Git } from "./git.ts";

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
  const [line] = await git.lines(["ls-remote", remote, ref]);
  const object = line?.split("\t")[0] ?? null;
  if (object === null) return null;
  const known = await git.attempt(["cat-file", "-e", object]);
  if (known.code !== 0) await fetchObject(git, remote, ref);
  return object;
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
  if (
    /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists|incorrect old value|reference already exists|remote ref .* changed/i.test(
      said,
    )
  )
    return false;
  throw gitFailure(git.directory, args, result);
}

async function updateLocal(git: Git, swap: RefSwap): Promise<boolean> {
  const zero = "0".repeat(40);
  const args =
    swap.after === null
      ? ["update-ref", "-d", swap.ref, swap.before ?? zero]
      : ["update-ref", swap.ref, swap.after, swap.before ?? zero];
  return (await git.attempt(args)).code === 0;
}

async function fetchObject(git: Git, remote: string, ref: string): Promise<void> {
  // Objects only, no ref of this repository: concurrent readers must not fight for its lock.
  const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", remote, ref];
  const result = await git.attempt(args);
  if (result.code !== 0) throw gitFailure(git.directory, args, result);
}
