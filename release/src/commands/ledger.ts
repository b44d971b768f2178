import type { CommandDefinition } from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import { readLedger } from "../ledger/ledger.ts";
import { describeLedgerEntry } from "../ledger/ledger-entry.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import { openRepository } from "../tools/repository.ts";

const kinds: readonly LedgerEntry["kind"][] = [
  "deployment",
  "rollback",
  "environment",
  "cut",
  "backport",
  "sign-off",
  "release",
  "bundle",
];

/** Prints what happened, oldest first. Plain git reads it too: `git log refs/trunkline/ledger`. */
export const ledgerCommand: CommandDefinition = {
  args: [],
  options: [
    { flags: "--kind <kind>", description: `only entries of this kind: ${kinds.join(", ")}` },
    { flags: "--limit <count>", description: "only the newest entries" },
  ],
  changes: false,
  details:
    "Print the ledger: every deployment, rollback, stop and start of an environment, cut, backport, sign-off, release and bundle, oldest first.",
  examples: ["trunkline ledger --kind deployment --limit 10"],
  json: [
    "head: string|null (commit that ends the chain)",
    "entries: [{kind, outcome, at, by, commit, environment|line, digest?, reason?, …}]",
  ],
  run: async (input, context) => {
    const repository = await openRepository(input, context);
    const { head, entries } = await readLedger(repository.ledger);
    const shown = select(entries, input.options);
    const lines = shown.map(
      (entry) =>
        `${entry.at}  ${describeLedgerEntry(entry)}${entry.reason === undefined ? "" : `: ${entry.reason.split("\n")[0] ?? ""}`}`,
    );
    return {
      exitCode: exitCodes.done,
      data: { head, entries: shown },
      text: lines.length === 0 ? "The ledger is empty." : lines.join("\n"),
    };
  },
};

function select(
  entries: readonly LedgerEntry[],
  options: Readonly<Record<string, unknown>>,
): readonly LedgerEntry[] {
  const kind = options["kind"];
  const limit = options["limit"];
  if (typeof kind === "string" && !kinds.some((known) => known === kind)) {
    throw new Failure({
      code: "usage",
      message: `There is no ledger entry of kind "${kind}".`,
      next: `Use one of: ${kinds.join(", ")}.`,
      exitCode: exitCodes.usage,
    });
  }
  if (typeof limit === "string" && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new Failure({
      code: "usage",
      message: `--limit takes a whole number from 1, not "${limit}".`,
      next: "For example --limit 10.",
      exitCode: exitCodes.usage,
    });
  }
  const chosen =
    typeof kind === "string" ? entries.filter((entry) => entry.kind === kind) : entries;
  return typeof limit === "string" ? chosen.slice(-Number(limit)) : chosen;
}
