import { findLine } from "../facts/find-line.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import { unrecordedBackports } from "../facts/unrecorded-backports.ts";
import type { BackportOnLine } from "../facts/unrecorded-backports.ts";
import { appendToLedger } from "../ledger/ledger.ts";
import type { Repository } from "../tools/repository.ts";

/** Writes every backport on a line that the ledger lacks to it, once each. */
export async function recordBackports(
  repository: Repository,
  lineName: string,
  now: Date,
): Promise<readonly BackportOnLine[]> {
  const { entries, lines } = await readLineFacts(repository, now);
  const line = findLine(lines, lineName);
  const missing = unrecordedBackports(line, entries);
  const news = missing.map(({ commit, origin, adapted }) => {
    const outcome = adapted ? "adapted" : "applied";
    return { kind: "backport", outcome, line: line.name, commit, origin } as const;
  });
  await appendToLedger(repository.ledger, news, (entry, chain) =>
    chain.some(
      (known) =>
        known.kind === "backport" && known.line === line.name && known.commit === entry.commit,
    ),
  );
  return missing;
}
