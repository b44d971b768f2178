import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { Git } from "../tools/git.ts";
import { withFileLock } from "../tools/file-lock.ts";
import { describeLedgerEntry, ledgerEntrySchema } from "./ledger-entry.ts";
import type { LedgerEntry, NewLedgerEntry } from "./ledger-entry.ts";
import { hasRemote, publishRef, readRemoteRef } from "../tools/remote-ref.ts";

export const ledgerRef = "refs/trunkline/ledger";
const ledgerRefspec = "+refs/trunkline/*:refs/trunkline/*";

const maxAttempts = 200;
const maxBackoffMs = 400;
const localWaitMs = 120_000;

/** What the ledger holds, oldest first, and the commit that ends the chain (null: empty). */
export interface LedgerContent {
  readonly head: string | null;
  readonly entries: readonly LedgerEntry[];
}

export interface LedgerOptions {
  readonly git: Git;
  readonly remote: string;
  readonly now: () => Date;
  readonly pid: number;
}

/**
 * Reads the ledger as the remote has it (or the local one where there is no remote).
 * @throws Failure `ledger-damaged` on an entry that cannot be read
 */
export async function readLedger(options: LedgerOptions): Promise<LedgerContent> {
  const head = await readRemoteRef(options.git, options.remote, ledgerRef);
  await keepCopy(options, head);
  return { head, entries: head === null ? [] : await readChain(options.git, head) };
}

/** Does the chain hold this already? A run that heals a killed one writes only what is missing. */
export type IsRecorded = (entry: LedgerEntry, chain: readonly LedgerEntry[]) => boolean;

/**
 * Appends entries to the end of the chain by compare-and-swap; on contention it
 * reads again and retries, so that no writer loses an entry.
 * @param isRecorded asked before each attempt; an entry it knows is left out
 * @returns the entries as written
 * @throws Failure `ledger-contention` after 200 attempts
 */
export async function appendToLedger(
  options: LedgerOptions,
  news: readonly NewLedgerEntry[],
  isRecorded?: IsRecorded,
): Promise<readonly LedgerEntry[]> {
  if (news.length === 0) return [];
  const by = (await options.git.text(["var", "GIT_AUTHOR_IDENT"])).replace(/ \d+ [+-]\d{4}$/, "");
  const entries = news.map((entry) =>
    ledgerEntrySchema.parse({
      schemaVersion: 1,
      id: randomUUID(),
      at: options.now().toISOString(),
      by,
      ...entry,
    }),
  );
  const folder = join(
    await options.git.text(["rev-parse", "--path-format=absolute", "--git-common-dir"]),
    "trunkline",
  );
  await mkdir(folder, { recursive: true });
  // Writers of one clone queue here; only clones compete for the remote's ref.
  const lock = {
    file: join(folder, "ledger.lock"),
    purpose: "append to the ledger",
    waitMs: localWaitMs,
    pid: options.pid,
  };
  return withFileLock(lock, () => appendWithRetry(options, entries, isRecorded));
}

async function appendWithRetry(
  options: LedgerOptions,
  asked: readonly LedgerEntry[],
  isRecorded?: IsRecorded,
): Promise<readonly LedgerEntry[]> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const before = await readRemoteRef(options.git, options.remote, ledgerRef);
    const known =
      before === null || (attempt === 0 && isRecorded === undefined)
        ? []
        : await readChain(options.git, before);
    if (known.some((entry) => entry.id === asked[0]?.id)) return asked;
    const entries = asked.filter((entry) => isRecorded?.(entry, known) !== true);
    if (entries.length === 0) return [];
    const after = await chain(options.git, before, entries);
    if (await publishRef(options.git, { remote: options.remote, ref: ledgerRef, before, after })) {
      await keepCopy(options, after);
      return entries;
    }
    await delay(Math.random() * Math.min(maxBackoffMs, 20 * 2 ** attempt));
  }
  throw new Failure({
    code: "ledger-contention",
    message: `The ledger changed under every one of ${String(maxAttempts)} attempts to append to it.`,
    next: "Run the same command again when fewer writers are at work.",
  });
}

/** So that plain `git log refs/trunkline/ledger` works in this clone, offline too; the remote stays the truth. */
async function keepCopy(options: LedgerOptions, head: string | null): Promise<void> {
  if (head === null || !(await hasRemote(options.git, options.remote))) return;
  await options.git.attempt(["update-ref", ledgerRef, head]);
  const key = `remote.${options.remote}.fetch`;
  const specs = await options.git.lines(["config", "--get-all", key], { allowCodes: [1] });
  if (!specs.includes(ledgerRefspec))
    await options.git.attempt(["config", "--add", key, ledgerRefspec]);
}

async function chain(
  git: Git,
  before: string | null,
  entries: readonly LedgerEntry[],
): Promise<string> {
  const emptyTree = await git.text(["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" });
  let head = before;
  for (const entry of entries) {
    const message = `${describeLedgerEntry(entry)}\n\n${JSON.stringify(entry)}\n`;
    const parent = head === null ? [] : ["-p", head];
    head = await git.text(["commit-tree", emptyTree, ...parent, "-F", "-"], { input: message });
  }
  return head ?? "";
}

async function readChain(git: Git, head: string): Promise<readonly LedgerEntry[]> {
  const output = await git.text([
    "log",
    "--reverse",
    "--first-parent",
    "--format=%H%x00%b%x1e",
    head,
  ]);
  return output
    .split("\u001E")
    .map((record) => record.trim())
    .filter((record) => record !== "")
    .map(parseRecord);
}

function parseRecord(record: string): LedgerEntry {
  const [commit = "", body = ""] = record.split("\0");
  try {
    return ledgerEntrySchema.parse(JSON.parse(body));
  } catch (error) {
    throw new Failure({
      code: "ledger-damaged",
      message: `The ledger entry ${commit} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      next: `Look at it with \`git show ${commit}\`; a newer Trunkline may have written it: update this one.`,
      cause: error,
    });
  }
}
