import { appendToLedger } from "../ledger/ledger.ts";
import type { CutStep } from "../plans/plan-cut.ts";
import type { Policy } from "../policy/config.ts";
import type { Repository } from "../tools/repository.ts";

type RecordCut = Extract<CutStep, { kind: "record-cut" }>;

/** Until when a line cut at some time is supported, and then maintained; ISO dates. */
export function supportWindow(
  policy: Policy,
  cutAt: Date,
): { readonly supportedUntil: string; readonly maintainedUntil: string } {
  const supportedUntilMs = cutAt.getTime() + policy.lines.active;
  return {
    supportedUntil: new Date(supportedUntilMs).toISOString(),
    maintainedUntil: new Date(supportedUntilMs + policy.lines.maintenance).toISOString(),
  };
}

/** Writes a cut to the ledger, once per line. */
export async function recordCut(
  repository: Repository,
  step: RecordCut,
  now: Date,
): Promise<string> {
  const window = supportWindow(repository.policy, step.at === null ? now : new Date(step.at));
  const { line, commit, version, provenBy } = step;
  const entry = {
    kind: "cut",
    outcome: "cut",
    line,
    commit,
    version,
    provenBy,
    ...window,
  } as const;
  const written = await appendToLedger(repository.ledger, [entry], (_entry, chain) =>
    chain.some((known) => known.kind === "cut" && known.line === line && known.commit === commit),
  );
  return written.length === 0
    ? "the ledger has it already"
    : `supported until ${window.supportedUntil}`;
}
