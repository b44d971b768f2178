import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { LocalBuild } from "../facts/local-environment.ts";
import { appendToLedger, readLedger } from "../ledger/ledger.ts";
import type { LedgerEntry, NewLedgerEntry } from "../ledger/ledger-entry.ts";
import { readState } from "../local-environment/environment-files.ts";
import type { RollbackStep } from "../plans/plan-rollback.ts";
import { environmentValue } from "../tools/environment-value.ts";
import { writeRollbackIntent } from "../tools/rollback-intent.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { reconcileEnvironment } from "./reconcile-environment.ts";
import { missingServingEntry } from "./reconcile-ledger.ts";

const startDeadlineMs = 60_000;
const pollMs = 50;

export interface RollbackRunOptions {
  readonly target: DeployTarget;
  readonly serving: LocalBuild;
  readonly previous: LocalBuild;
  readonly undo: boolean;
  readonly reason: string | null;
}

export interface RollbackRun {
  readonly run: (step: RollbackStep) => Promise<string | undefined>;
  readonly result: () => Readonly<Record<string, unknown>>;
}

interface SwitchDone {
  /** When it was asked for; it names this very switch in the ledger. */
  at: string | null;
  durationMs: number | null;
}

/** One run of `rollback`: the switch comes first, the ledger after it. */
export function createRollbackRun(options: RollbackRunOptions): RollbackRun {
  const done: SwitchDone = { at: null, durationMs: null };
  const { target, serving, previous } = options;
  return {
    run: async (step) => {
      if (step.kind === "start") return startPrevious(options);
      if (step.kind === "record") return record(options, done);
      done.at = target.context.now().toISOString();
      done.durationMs = await switchBack(options, done.at);
      return `in ${done.durationMs.toFixed(1)} ms`;
    },
    result: () => ({
      environment: target.name,
      from: serving.deployment,
      deployment: previous.deployment,
      commit: previous.commit,
      digest: previous.digest,
      switchDurationMs: done.durationMs,
    }),
  };
}

/** The supervisor takes up both builds when it starts; one that it gave up is tried again. */
async function startPrevious({ target, previous }: RollbackRunOptions): Promise<undefined> {
  const supervisor = await target.ensure(null);
  const { previous: known } = await readState(target.directory.root);
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    const { previous: now } = await target.look();
    if (now?.deployment === previous.deployment && now.live) return undefined;
    if (performance.now() > deadline || known === null) throw notStarted(previous);
    const { deployment, commit, digest, directory, command, env } = known;
    // Started anew when it was given up; "not live" while it is being restarted anyway.
    await supervisor.start({ deployment, commit, digest, directory, command, env });
    await delay(pollMs);
  }
}

async function switchBack(options: RollbackRunOptions, at: string): Promise<number> {
  const { target, serving, previous, reason } = options;
  const { supervisor } = await target.look();
  if (supervisor === null) throw notStarted(previous);
  // Before the switch: whoever finds the switch without its entry knows why it was made.
  await writeRollbackIntent(target.directory.rollbackIntent, {
    schemaVersion: 1,
    from: serving.deployment,
    to: previous.deployment,
    undo: options.undo,
    reason,
    at,
  });
  const { deployment } = previous;
  return environmentValue(await supervisor.switch({ deployment })).durationMs;
}

async function record(options: RollbackRunOptions, done: SwitchDone): Promise<undefined> {
  const { target, serving, previous, reason } = options;
  const { name: environment, repository } = target;
  const { entries } = await readLedger(repository.ledger);
  // A killed deploy may not have recorded what was just taken out.
  const owedIn = (chain: readonly LedgerEntry[]): NewLedgerEntry | null =>
    missingServingEntry({ environment, entries: chain, serving, runs: false, intent: null });
  const { deployment, commit, digest } = previous;
  const from = serving.deployment;
  const entry: NewLedgerEntry = {
    kind: "rollback",
    outcome: "switched",
    environment,
    deployment,
    commit,
    digest,
    from,
    durationMs: done.durationMs ?? 0,
    ...(done.at === null ? {} : { switchedAt: done.at }),
    ...(options.undo ? { undo: true } : {}),
    ...(reason === null ? {} : { reason }),
  };
  const owed = owedIn(entries);
  const sought = { environment, deployment, from, switchedAt: done.at };
  // Somebody else may have reconciled the switch in between.
  await appendToLedger(
    repository.ledger,
    owed === null ? [entry] : [owed, entry],
    (one, chain) =>
      isSwitchRecorded(chain, sought) || (one.deployment === from && owedIn(chain) === null),
  );
  await reconcileEnvironment(target);
  return undefined;
}

/** By its time; an entry without one is this switch's when nothing has switched after it. */
function isSwitchRecorded(
  chain: readonly LedgerEntry[],
  sought: {
    readonly environment: string;
    readonly deployment: string;
    readonly from: string;
    readonly switchedAt: string | null;
  },
): boolean {
  const switches = chain.filter(
    (one) =>
      (one.kind === "rollback" || (one.kind === "deployment" && one.outcome === "serving")) &&
      one.environment === sought.environment,
  );
  return switches.some(
    (one, index) =>
      one.kind === "rollback" &&
      one.deployment === sought.deployment &&
      one.from === sought.from &&
      (one.switchedAt === undefined
        ? index === switches.length - 1
        : one.switchedAt === sought.switchedAt),
  );
}

function notStarted(previous: LocalBuild): Failure {
  return new Failure({
    code: "supervisor-failed",
    message: `The build before, ${previous.commit.slice(0, 10)}, could not be started again.`,
    next: `Deploy it anew: trunkline deploy ${previous.commit} --apply`,
  });
}
