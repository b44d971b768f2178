import { randomBytes } from "node:crypto";
import { Failure } from "../failure.ts";
import { appendToLedger } from "../ledger/ledger.ts";
import type { NewLedgerEntry } from "../ledger/ledger-entry.ts";
import type { DeployStep } from "../plans/plan-deploy.ts";
import { buildPaths, readBuild } from "../tools/build-store.ts";
import type { BuildRecord } from "../tools/build-store.ts";
import { acquireEnvironmentLock } from "../tools/environment-lock.ts";
import type { EnvironmentLock } from "../tools/environment-lock.ts";
import { environmentValue } from "../tools/environment-value.ts";
import { checkSmoke, waitUntilHealthy } from "./check-candidate.ts";
import { logTail, startCandidate, stopCandidate } from "./deploy-candidate.ts";
import type { CandidateBuild, StartedCandidate } from "./deploy-candidate.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { makeBuild } from "./make-build.ts";
import { reconcileEnvironment } from "./reconcile-environment.ts";
import { abandonedEntry, openDeployments } from "./reconcile-ledger.ts";
import { removeOldBuilds, unpackBuild } from "./unpack-build.ts";

export interface DeployRunOptions {
  readonly target: DeployTarget;
  readonly commit: string;
  readonly ownerPid: number | null;
  /** The deployment of this commit that serves when the run begins. */
  readonly served: { readonly deployment: string; readonly digest: string } | null;
}

/** One run of `deploy`: its steps, in the plan's order, and its end. */
export interface DeployRun {
  readonly run: (step: DeployStep) => Promise<string | undefined>;
  /** Writes how a deployment that was begun ended, stops its candidate. Called with what was thrown. */
  readonly fail: (error: unknown) => Promise<void>;
  readonly release: () => Promise<void>;
  readonly result: () => Readonly<Record<string, unknown>>;
}

/** What the run knows so far. */
interface DeployState {
  lock: EnvironmentLock | null;
  /** Somebody else deployed the commit before this run had the lock: the other steps have nothing to do. */
  alreadyServes: boolean;
  /** The name of this deployment; it may be that of a killed run that is continued. */
  deployment: string | null;
  isBegun: boolean;
  digest: string | null;
  build: BuildRecord | null;
  directory: string;
  candidate: StartedCandidate | null;
  switchDurationMs: number | null;
}

const maxReasonCharacters = 4000;

export function createDeployRun(options: DeployRunOptions): DeployRun {
  const state: DeployState = {
    lock: null,
    alreadyServes: false,
    deployment: options.served?.deployment ?? null,
    digest: options.served?.digest ?? null,
    isBegun: false,
    build: null,
    directory: "",
    candidate: null,
    switchDurationMs: null,
  };
  const { target, commit } = options;
  return {
    run: async (step) => {
      if (state.alreadyServes) return "nothing to do: it serves already";
      state.lock?.ensureHeld();
      return runStep(step, options, state);
    },
    fail: (error) => recordFailure(error, options, state),
    release: async () => state.lock?.release(),
    result: () => ({
      environment: target.name,
      deployment: state.deployment,
      commit,
      digest: state.digest,
      switchDurationMs: state.switchDurationMs,
    }),
  };
}

async function runStep(
  step: DeployStep,
  options: DeployRunOptions,
  state: DeployState,
): Promise<string | undefined> {
  const { target, commit } = options;
  const { repository, context, policy } = target;
  switch (step.kind) {
    case "lock":
      state.lock = await takeLock(options);
      return undefined;
    case "reconcile":
      return reconcile(options, state);
    case "begin":
      return begin(options, state);
    case "build":
      state.build = await makeBuild(repository, commit, context);
      state.digest = state.build.digest;
      return state.build.digest;
    case "unpack":
      state.directory = await unpack(options, state);
      return undefined;
    case "supervisor":
      await ensureRunning(options);
      return undefined;
    case "resume":
      return resume(options);
    case "candidate":
      state.candidate = await startCandidate(target, candidateSpec(options, state));
      return `port ${String(state.candidate.port)}`;
    case "health":
      return withLogTail(options, state, (candidate) => waitUntilHealthy(candidate, policy.health));
    case "smoke":
      return withLogTail(options, state, (candidate) => checkSmoke(candidate, policy.smoke));
    case "switch":
      return switchTo(state);
    case "record":
      return record(options, state);
  }
}

function takeLock({ target, commit }: DeployRunOptions): Promise<EnvironmentLock> {
  const { repository, context } = target;
  return acquireEnvironmentLock({
    git: repository.git,
    remote: repository.policy.remote,
    environment: target.name,
    purpose: `deploy ${commit.slice(0, 10)}`,
    pid: context.pid,
    now: context.now,
    tell: (line) => context.tell(`       ${line}`),
  });
}

/**
 * With the lock held nobody else deploys: whatever is open in the ledger was left by a killed run.
 * The newest of this commit is continued, the others are closed.
 */
async function reconcile(
  { target, commit }: DeployRunOptions,
  state: DeployState,
): Promise<string | undefined> {
  const { entries, appended } = await reconcileEnvironment(target);
  const open = openDeployments(entries, target.name);
  const { serving } = await target.look();
  const serves = serving?.commit === commit && serving.live;
  const continued = serves ? undefined : open.findLast((one) => one.commit === commit);
  const left = open.filter((one) => one !== continued);
  const closing = left.map((one) =>
    abandonedEntry(one, "its run ended without a result; found by a later deploy"),
  );
  await appendToLedger(target.repository.ledger, closing);
  state.deployment = continued?.deployment ?? null;
  state.digest = null;
  state.isBegun = continued !== undefined;
  if (serves) {
    state.alreadyServes = true;
    state.deployment = serving.deployment;
    state.digest = serving.digest;
  }
  const said = [
    ...(appended === null ? [] : [`recorded that ${serving?.deployment ?? ""} serves`]),
    ...left.map((one) => `closed ${one.deployment} as abandoned`),
    ...(continued === undefined ? [] : [`continues ${continued.deployment}`]),
  ];
  return said.length === 0 ? undefined : said.join("; ");
}

async function begin({ target, commit }: DeployRunOptions, state: DeployState): Promise<string> {
  if (state.deployment !== null) return `${state.deployment} was begun before`;
  const { context, repository } = target;
  const stamp = context
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "");
  const deployment = `${stamp}-${commit.slice(0, 10)}-${randomBytes(2).toString("hex")}`;
  const made = await readBuild(repository.stateDirectory, commit);
  state.deployment = deployment;
  const digest = made?.digest ?? "";
  await append(target, { ...entryOf(target, { deployment, commit, digest }), outcome: "started" });
  state.isBegun = true;
  return deployment;
}

async function unpack({ target, commit }: DeployRunOptions, state: DeployState): Promise<string> {
  const { archive } = buildPaths(target.repository.stateDirectory, commit);
  return unpackBuild({ archive, record: needed(state.build), folder: target.directory.builds });
}

/** What a supervisor takes up again serves from now on, whatever becomes of the candidate. */
async function ensureRunning({ target, ownerPid }: DeployRunOptions): Promise<void> {
  const { supervisor } = await target.look();
  await target.ensure(ownerPid);
  if (supervisor === null) await reconcileEnvironment(target);
}

/** The supervisor takes up what it served; that must be the commit, and alive. */
async function resume({ target, commit, ownerPid }: DeployRunOptions): Promise<undefined> {
  await target.ensure(ownerPid);
  const { serving } = await target.look();
  if (serving?.commit === commit && serving.live) return undefined;
  throw new Failure({
    code: "candidate-unhealthy",
    message: `${target.name} runs again, but its build ${commit.slice(0, 10)} does not stay up.`,
    next: "Run the same command again: it deploys the build anew, with every check.",
  });
}

function candidateSpec({ commit }: DeployRunOptions, state: DeployState): CandidateBuild {
  const { digest } = needed(state.build);
  return { deployment: needed(state.deployment), commit, digest, directory: state.directory };
}

/** What the candidate printed last goes with the reason why it is not fit. */
async function withLogTail(
  { target }: DeployRunOptions,
  state: DeployState,
  check: (candidate: StartedCandidate) => Promise<string>,
): Promise<string> {
  try {
    return await check(needed(state.candidate));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const tail = await logTail(target, needed(state.deployment));
    const { code, message, next } = error;
    throw new Failure({ code, message: `${message}${tail}`, next, cause: error });
  }
}

async function switchTo(state: DeployState): Promise<string> {
  const { supervisor } = needed(state.candidate);
  const deployment = needed(state.deployment);
  const { durationMs } = environmentValue(await supervisor.switch({ deployment }));
  state.switchDurationMs = durationMs;
  return `in ${durationMs.toFixed(1)} ms`;
}

async function record(
  { target, commit }: DeployRunOptions,
  state: DeployState,
): Promise<undefined> {
  const deployment = needed(state.deployment);
  const { digest } = needed(state.build);
  const durationMs = state.switchDurationMs;
  const entry = entryOf(target, { deployment, commit, digest });
  await append(target, { ...entry, outcome: "serving", durationMs });
  // A rollback needs no lock: one that came between the switch and this entry has the last word.
  await reconcileEnvironment(target);
  const { serving, previous, candidates } = await target.look();
  const inUse = [serving, previous, ...candidates].map((build) => build?.digest ?? "");
  await removeOldBuilds(target.directory.builds, new Set([...inUse, digest]));
  return undefined;
}

async function recordFailure(
  error: unknown,
  { target, commit }: DeployRunOptions,
  state: DeployState,
): Promise<void> {
  const { deployment } = state;
  if (!state.isBegun || deployment === null || state.switchDurationMs !== null) return;
  // The switch's answer may have been lost: then the entry is "serving", written by reconciling.
  const { serving } = await target.look();
  if (serving?.deployment === deployment) {
    await reconcileEnvironment(target);
    return;
  }
  const interrupted = target.context.signal.aborted;
  const outcome = interrupted ? "abandoned" : "failed";
  const said = error instanceof Error ? error.message : String(error);
  const reason = said.slice(0, maxReasonCharacters);
  await stopCandidate(target, deployment);
  const digest = state.digest ?? "";
  await append(target, { ...entryOf(target, { deployment, commit, digest }), outcome, reason });
}

async function append(target: DeployTarget, entry: NewLedgerEntry): Promise<void> {
  await appendToLedger(target.repository.ledger, [entry]);
}

function entryOf(
  target: DeployTarget,
  build: { readonly deployment: string; readonly commit: string; readonly digest: string },
): { readonly kind: "deployment"; readonly environment: string } & typeof build {
  return { kind: "deployment", environment: target.name, ...build };
}

function needed<Value>(value: Value | null): Value {
  if (value === null) throw new Error("the plan's steps ran out of order");
  return value;
}
