import { readLedger } from "../ledger/ledger.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { Repository } from "../tools/repository.ts";
import { readLines } from "./lines.ts";
import type { Line } from "./lines.ts";
import { readRefs } from "./refs.ts";
import type { Refs } from "./refs.ts";

/** What every verb about lines starts from, read from the remote at one time. */
export interface LineFacts {
  readonly refs: Refs;
  readonly entries: readonly LedgerEntry[];
  readonly lines: readonly Line[];
}

export async function readLineFacts(repository: Repository, now: Date): Promise<LineFacts> {
  const { git, policy } = repository;
  // The ledger first: what it names is then among the refs that are read after it.
  const { entries } = await readLedger(repository.ledger);
  const refs = await readRefs(git, policy);
  return { refs, entries, lines: await readLines({ git, policy, refs, entries, now }) };
}
