import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { Line } from "./lines.ts";

export interface BackportOnLine {
  readonly commit: string;
  readonly origin: string;
  readonly adapted: boolean;
}

/** Backports on a line that the ledger does not know: made by hand, or by a run that was killed. */
export function unrecordedBackports(
  line: Line,
  entries: readonly LedgerEntry[],
): readonly BackportOnLine[] {
  const known = new Set(
    entries.flatMap((entry) =>
      entry.kind === "backport" && entry.line === line.name ? [entry.commit] : [],
    ),
  );
  return line.commits.flatMap(({ commit, is }) =>
    is.kind === "backport" && !known.has(commit)
      ? [{ commit, origin: is.origin, adapted: is.adapted }]
      : [],
  );
}
