import { Failure } from "../failure.ts";
import type { Policy } from "../policy/config.ts";
import type { Git } from "../tools/git.ts";
import { hasRemote } from "../tools/remote-ref.ts";

/** Branches and tags as the remote has them (here, where there is no remote); all their commits are fetched. */
export interface Refs {
  /** The commit trunk ends with; null when there is no such branch yet. */
  readonly trunk: string | null;
  /** Branch name → commit. */
  readonly branches: ReadonlyMap<string, string>;
  /** Tag name → commit, annotated tags peeled. */
  readonly tags: ReadonlyMap<string, string>;
}

const maxAttempts = 3;

/**
 * Asks the remote for its branches and tags and fetches what is missing.
 * @throws Failure `git-failed` when the remote cannot be reached
 */
export async function readRefs(git: Git, policy: Pick<Policy, "remote" | "trunk">): Promise<Refs> {
  if (!(await hasRemote(git, policy.remote))) {
    const lines = await git.lines(["show-ref", "--dereference"], { allowCodes: [1] });
    return toRefs(lines, { separator: " ", trunk: policy.trunk });
  }
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const lines = await git.lines(["ls-remote", policy.remote, "refs/heads/*", "refs/tags/*"]);
    const refs = toRefs(lines, { separator: "\t", trunk: policy.trunk });
    if (await fetchAll(git, policy.remote, refs)) return refs;
  }
  throw new Failure({
    code: "git-failed",
    message: `The remote "${policy.remote}" names commits that cannot be fetched from it.`,
    next: `Run \`git fetch ${policy.remote}\` in ${git.directory} to see why.`,
  });
}

function toRefs(
  lines: readonly string[],
  options: { readonly separator: string; readonly trunk: string },
): Refs {
  const branches = new Map<string, string>();
  const tags = new Map<string, string>();
  for (const line of lines) {
    const [commit = "", ref = ""] = line.split(options.separator);
    if (ref.startsWith("refs/heads/")) branches.set(ref.slice("refs/heads/".length), commit);
    // The peeled form comes after the tag itself and replaces it.
    if (ref.startsWith("refs/tags/")) {
      tags.set(ref.slice("refs/tags/".length).replace(/\^\{\}$/, ""), commit);
    }
  }
  return { trunk: branches.get(options.trunk) ?? null, branches, tags };
}

/**
 * Another process may move the same local refs meanwhile, or a local tag may differ from the
 * remote's: what counts is that the remote's commits are here.
 */
async function fetchAll(git: Git, remote: string, refs: Refs): Promise<boolean> {
  const heads = `+refs/heads/*:refs/remotes/${remote}/*`;
  const common = ["fetch", "--quiet", "--no-write-fetch-head", "--no-auto-maintenance"];
  const withTags = await git.attempt([...common, "--tags", remote, heads]);
  if (withTags.code === 0) return true;
  await git.attempt([...common, "--no-tags", remote, heads]);
  return allKnown(git, refs);
}

async function allKnown(git: Git, refs: Refs): Promise<boolean> {
  const commits = [...new Set([...refs.branches.values(), ...refs.tags.values()])];
  if (commits.length === 0) return true;
  const input = `${commits.join("\n")}\n`;
  return !(await git.text(["cat-file", "--batch-check"], { input })).includes(" missing");
}
