import type { Plan, Refusal } from "./plan.ts";

export interface RollbackStep {
  readonly kind: "start" | "switch" | "record";
  readonly title: string;
}

export interface RollbackFacts {
  readonly environment: string;
  readonly supervisorRuns: boolean;
  readonly serving: { readonly commit: string } | null;
  readonly previous: { readonly commit: string; readonly live: boolean } | null;
  /** The previous build is the one that the last rollback took out. */
  readonly previousWasRolledBack: boolean;
  /** Asked for with `--undo`: switch to it all the same. */
  readonly undo: boolean;
}

/** Back to the build before. A rollback of a rollback is asked for by name, never by repeating. */
export function planRollback(facts: RollbackFacts): Plan<RollbackStep> {
  const to = facts.previous?.commit.slice(0, 10) ?? "the build before";
  const title = `roll ${facts.environment} back to ${to}`;
  const refusal = findRefusal(facts);
  const base = { verb: "rollback", title, notes: [] };
  if (refusal !== null) return { ...base, steps: [], refusals: [refusal] };
  const start: RollbackStep = { kind: "start", title: `start ${to} again` };
  const isWarm = facts.supervisorRuns && facts.previous?.live === true;
  return {
    ...base,
    refusals: [],
    steps: [
      ...(isWarm ? [] : [start]),
      { kind: "switch", title: `switch ${facts.environment} to ${to}` },
      { kind: "record", title: "write it to the ledger" },
    ],
  };
}

function findRefusal(facts: RollbackFacts): Refusal | null {
  const { environment, serving, previous } = facts;
  if (serving === null) {
    return {
      code: "nothing-serving",
      message: `Nothing serves in ${environment}, so there is nothing to roll back.`,
      next: `trunkline deploy --environment ${environment} --apply`,
    };
  }
  if (previous === null) {
    return {
      code: "no-previous-build",
      message: `${environment} serves its first build, ${serving.commit.slice(0, 10)}: there is none before it.`,
      next: `Deploy a commit that is good: trunkline deploy COMMIT --environment ${environment} --apply`,
    };
  }
  if (facts.undo && !facts.previousWasRolledBack) {
    return {
      code: "nothing-to-undo",
      message: `The last change in ${environment} was no rollback: there is nothing to undo.`,
      next: "See `trunkline status`; repeat without --undo to go back to the build before.",
    };
  }
  if (facts.undo === facts.previousWasRolledBack) return null;
  return {
    code: "rolled-back-already",
    message: `${environment} was rolled back already: the build before ${serving.commit.slice(0, 10)} is ${previous.commit.slice(0, 10)}, which was taken out.`,
    next: "Deploy another commit; or, to serve the one taken out again, repeat with --undo.",
  };
}
