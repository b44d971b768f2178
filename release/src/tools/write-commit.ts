import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "./git.ts";

export interface FileChange {
  readonly path: string;
  /** null removes the file. */
  readonly content: string | null;
}

export interface CommitRequest {
  readonly parent: string;
  readonly changes: readonly FileChange[];
  readonly message: string;
  readonly at: Date;
  /** The temporary index is made here. */
  readonly directory: string;
}

/**
 * Makes a commit without a work tree: no checkout, no hook, nobody's index is touched.
 * Nothing points at it until it is pushed.
 * @returns the commit; the parent itself when nothing changes
 */
export async function writeCommit(git: Git, request: CommitRequest): Promise<string> {
  const indexFile = join(request.directory, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: indexFile };
  try {
    await git.text(["read-tree", request.parent], { env });
    const lines: string[] = [];
    for (const change of request.changes) lines.push(await indexLine(git, request.parent, change));
    await git.text(["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    const tree = await git.text(["write-tree"], { env });
    if (tree === (await git.text(["rev-parse", `${request.parent}^{tree}`]))) return request.parent;
    const date = `@${String(Math.floor(request.at.getTime() / 1000))} +0000`;
    return await git.text(["commit-tree", tree, "-p", request.parent, "-F", "-"], {
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      input: request.message,
    });
  } finally {
    await rm(indexFile, { force: true });
    await rm(`${indexFile}.lock`, { force: true });
  }
}

async function indexLine(git: Git, parent: string, change: FileChange): Promise<string> {
  if (change.content === null) return `0 ${"0".repeat(parent.length)}\t${change.path}\0`;
  const object = await git.text(["hash-object", "-w", "--stdin"], { input: change.content });
  const before = await git.text([
    "ls-tree",
    "--full-tree",
    parent,
    "--",
    `:(literal)${change.path}`,
  ]);
  const mode = /^100(?:644|755) /.exec(before)?.[0].trim() ?? "100644";
  return `${mode} ${object}\t${change.path}\0`;
}
