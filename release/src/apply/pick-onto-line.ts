import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CommandContext } from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import type { BackportStep } from "../plans/plan-backport.ts";
import { withFileLock } from "../tools/file-lock.ts";
import type { Git } from "../tools/git.ts";
import { gitFailure } from "../tools/git.ts";
import { pushRefs } from "../tools/push-refs.ts";
import type { Repository } from "../tools/repository.ts";
import { withTemporaryWorktree } from "../tools/temporary-worktree.ts";

type Pick = Extract<BackportStep, { kind: "pick" }>;

export interface PickOptions {
  readonly repository: Repository;
  readonly step: Pick;
  readonly context: CommandContext;
}

const maxAttempts = 10;
const maxBackoffMs = 2000;
const lockWaitMs = 120_000;
const withoutHooks = ["-c", "core.hooksPath=/dev/null"];

/**
 * Cherry-picks commits onto a line in a work tree of their own and pushes them together. What
 * the line holds by now is left out, and a line that moved meanwhile is picked onto anew.
 * @throws Failure `backport-conflict` (the line is untouched), `push-refused`
 */
export async function pickOntoLine(options: PickOptions): Promise<string> {
  const { repository, step, context } = options;
  const file = join(repository.privateDirectory, `line-${step.line}.lock`);
  const lock = {
    file,
    purpose: `backport to ${step.branch}`,
    waitMs: lockWaitMs,
    pid: context.pid,
  };
  return withFileLock(lock, async () => {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const said = await tryToPick(options);
      if (said !== null) return said;
      await delay(Math.random() * Math.min(maxBackoffMs, 50 * 2 ** attempt));
    }
    throw new Failure({
      code: "push-refused",
      message: `${step.branch} moved under every one of ${String(maxAttempts)} attempts to push to it.`,
      next: "Run the same command again when fewer commits land on it.",
    });
  });
}

/** @returns what was done, or null when the line moved meanwhile */
async function tryToPick({ repository, step, context }: PickOptions): Promise<string | null> {
  const { git, policy, privateDirectory } = repository;
  const { lines } = await readLineFacts(repository, context.now());
  const line = lines.find(({ name }) => name === step.line);
  if (line === undefined) return null;
  const held = new Set(
    line.commits.flatMap(({ is }) => (is.kind === "backport" ? [is.origin] : [])),
  );
  const commits = step.commits.filter((commit) => !held.has(commit));
  if (commits.length === 0) return `${step.branch} holds them by now`;
  const options = { privateDirectory, commit: line.head, pid: context.pid };
  const after = await withTemporaryWorktree(git, options, async (worktree) => {
    for (const commit of commits) await pick(worktree, commit, { repository, step, commits });
    return worktree.text(["rev-parse", "HEAD"]);
  });
  if (after === line.head) return `${step.branch} holds the same changes already`;
  const update = { ref: `refs/heads/${step.branch}`, before: line.head, after };
  return (await pushRefs(git, policy.remote, [update]))
    ? `${step.branch} is at ${after.slice(0, 10)}`
    : null;
}

interface PickAbout {
  readonly repository: Repository;
  readonly step: Pick;
  readonly commits: readonly string[];
}

async function pick(worktree: Git, commit: string, about: PickAbout): Promise<void> {
  const parents =
    (await worktree.text(["rev-list", "--parents", "-1", commit])).split(" ").length - 1;
  const mainline = parents > 1 ? ["--mainline", "1"] : [];
  const args = [...withoutHooks, "cherry-pick", "-x", ...mainline, commit];
  const result = await worktree.attempt(args);
  if (result.code === 0) return;
  const conflicts = await worktree.lines(["diff", "--name-only", "--diff-filter=U"]);
  if (conflicts.length > 0) throw conflictFailure(commit, conflicts, about);
  const staged = await worktree.attempt(["diff", "--cached", "--quiet", "HEAD"]);
  const picking = await worktree.resolve("CHERRY_PICK_HEAD");
  if (picking === null || staged.code !== 0) throw gitFailure(worktree.directory, args, result);
  // Its change is on the line in other commits already: there is nothing left to pick.
  await worktree.text([...withoutHooks, "cherry-pick", "--skip"]);
}

function conflictFailure(commit: string, files: readonly string[], about: PickAbout): Failure {
  const { repository, step, commits } = about;
  const { remote } = repository.policy;
  const folder = `../${step.line}-backport`;
  const named = step.commits.join(" ");
  return new Failure({
    code: "backport-conflict",
    message: `${commit.slice(0, 10)} conflicts with ${step.branch} in ${files.join(", ")}; the line is as it was.`,
    next: [
      "Resolve it by hand:",
      `git fetch ${remote} ${step.branch}`,
      `git worktree add --detach ${folder} FETCH_HEAD && cd ${folder}`,
      `git cherry-pick -x ${commits.join(" ")}`,
      `(mend the files) git add ${files.map(quoted).join(" ")} && git cherry-pick --continue`,
      `git push ${remote} HEAD:${step.branch}`,
      `cd - && git worktree remove ${folder}`,
      `trunkline backport ${named} --to ${step.line} --apply   (writes the ledger)`,
    ].join("\n    "),
    exitCode: exitCodes.needsPerson,
  });
}

function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
