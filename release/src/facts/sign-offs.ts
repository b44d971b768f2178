import type { LedgerEntry } from "../ledger/ledger-entry.ts";

/** The latest word of one QA role on a line. */
export interface SignOff {
  readonly role: string;
  readonly outcome: "approved" | "rejected";
  readonly by: string;
  readonly at: string;
  readonly evidence: string;
  readonly commit: string;
  /** It was given for a commit that is not the line's head any more: it counts for nothing. */
  readonly void: boolean;
}

/** The latest sign-off of each role, in the order of their first word. */
export function foldSignOffs(
  entries: readonly LedgerEntry[],
  options: { readonly line: string; readonly head: string },
): readonly SignOff[] {
  const byRole = new Map<string, SignOff>();
  for (const entry of entries) {
    if (entry.kind !== "sign-off" || entry.line !== options.line) continue;
    const { role, outcome, by, at, evidence, commit } = entry;
    byRole.set(role, { role, outcome, by, at, evidence, commit, void: commit !== options.head });
  }
  return [...byRole.values()];
}
