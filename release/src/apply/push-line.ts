import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { PendingChangesets } from "../facts/pending-changesets.ts";
import { readRefs } from "../facts/refs.ts";
import type { CutStep } from "../plans/plan-cut.ts";
import { releaseNotes } from "../plans/release-notes.ts";
import { pushRefs } from "../tools/push-refs.ts";
import type { RefUpdate } from "../tools/push-refs.ts";
import { readTreeFiles } from "../tools/read-tree-files.ts";
import type { Repository } from "../tools/repository.ts";
import { writeCommit } from "../tools/write-commit.ts";
import type { FileChange } from "../tools/write-commit.ts";
import { withManifestVersion } from "../versions/manifest-version.ts";
import { supportWindow } from "./record-cut.ts";

type PushLine = Extract<CutStep, { kind: "push-line" }>;

export interface PushLineOptions {
  readonly repository: Repository;
  readonly step: PushLine;
  readonly pending: PendingChangesets;
  /** When the cut is made: dates both commits. */
  readonly at: Date;
}

const maxAttempts = 10;
const maxBackoffMs = 2000;
const notesFile = "RELEASE-NOTES.md";

/**
 * Makes the line's first commit and trunk's bookkeeping commit and pushes both or none. Trunk
 * may move meanwhile: its commit is then made anew. Nothing of the user's work tree is touched.
 * @returns the line's first commit
 * @throws Failure `push-refused` when the line came to be meanwhile, or the remote forbids it
 */
export async function pushLine(options: PushLineOptions): Promise<string> {
  const { repository, step } = options;
  const { git, policy } = repository;
  const lineCommit = await makeLineCommit(options);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const { trunk, branches } = await readRefs(git, policy);
    if (branches.get(step.branch) === lineCommit) return lineCommit;
    if (branches.has(step.branch)) throw cutMeanwhile(step);
    const line: RefUpdate = { ref: `refs/heads/${step.branch}`, before: null, after: lineCommit };
    const updates = [line, ...(await trunkUpdate(options, trunk))];
    if (await pushRefs(git, policy.remote, updates)) return lineCommit;
    await delay(Math.random() * Math.min(maxBackoffMs, 50 * 2 ** attempt));
  }
  throw new Failure({
    code: "push-refused",
    message: `${policy.trunk} moved under every one of ${String(maxAttempts)} attempts to push ${step.branch}.`,
    next: "Run the same command again when fewer commits land.",
  });
}

async function makeLineCommit(options: PushLineOptions): Promise<string> {
  const { repository, step, pending, at } = options;
  const { git, policy, privateDirectory } = repository;
  const { line, version, commit } = step;
  const window = supportWindow(policy, at);
  const { changesets } = pending;
  const notes = releaseNotes({
    product: policy.product,
    version,
    line,
    commit,
    changesets,
    ...window,
  });
  const changes = await bookkeepingChanges(options, commit);
  return writeCommit(git, {
    parent: commit,
    changes: [...changes, { path: notesFile, content: notes }],
    message: bookkeepingMessage(step, pending),
    at,
    directory: privateDirectory,
  });
}

async function trunkUpdate(
  options: PushLineOptions,
  trunk: string | null,
): Promise<readonly RefUpdate[]> {
  const { repository, step, pending, at } = options;
  if (trunk === null) return [];
  const after = await writeCommit(repository.git, {
    parent: trunk,
    changes: await bookkeepingChanges(options, trunk),
    message: bookkeepingMessage(step, pending),
    at,
    directory: repository.privateDirectory,
  });
  if (after === trunk) return [];
  return [{ ref: `refs/heads/${repository.policy.trunk}`, before: trunk, after }];
}

/** The same on the line and on trunk: consumed changesets go, the product's version is written. */
async function bookkeepingChanges(
  { repository, step, pending }: PushLineOptions,
  commit: string,
): Promise<readonly FileChange[]> {
  const consumed = new Set(pending.changesets.map(({ file }) => file));
  const versioned = new Set(pending.versionFiles);
  const files = await readTreeFiles(
    repository.git,
    commit,
    (path) => consumed.has(path) || versioned.has(path),
  );
  return files.map(({ path, content }) => {
    if (consumed.has(path)) return { path, content: null };
    return { path, content: withManifestVersion(content.toString(), step.version) };
  });
}

function bookkeepingMessage(step: PushLine, pending: PendingChangesets): string {
  const consumed = pending.changesets.map(({ id }) => `- ${id}`);
  return [
    `chore(release): cut line ${step.line} for ${step.version}`,
    "",
    `Cut from ${step.commit}.`,
    ...(consumed.length === 0 ? [] : ["Consumed changesets:", ...consumed]),
    "",
    "Trunkline-Bookkeeping: cut",
    `Trunkline-Proven-By: ${step.provenBy}`,
    "",
  ].join("\n");
}

function cutMeanwhile(step: PushLine): Failure {
  return new Failure({
    code: "push-refused",
    message: `${step.branch} came to be while this run was about to push it: another cut was first.`,
    next: "See it with `trunkline status`; run the same command again when another line is wanted.",
  });
}
