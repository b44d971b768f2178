import type { Plan, Refusal } from "./plan.ts";

export type DeployStepKind =
  | "lock"
  | "reconcile"
  | "begin"
  | "build"
  | "unpack"
  | "supervisor"
  | "resume"
  | "candidate"
  | "health"
  | "smoke"
  | "switch"
  | "record";

export interface DeployStep {
  readonly kind: DeployStepKind;
  readonly title: string;
}

export interface DeployFacts {
  readonly environment: string;
  readonly commit: string;
  readonly subject: string;
  readonly trunk: string;
  readonly onTrunk: boolean;
  /** The build's digest when it was made before. */
  readonly madeDigest: string | null;
  /** What serves (or would serve again, when the supervisor does not run). */
  readonly serving: {
    readonly deployment: string;
    readonly commit: string;
    readonly digest: string;
    readonly live: boolean;
  } | null;
  readonly supervisorRuns: boolean;
  /** The ledger lacks an entry for what serves, or holds deployments without an end. */
  readonly ledgerIsBehind: boolean;
  readonly healthPath: string;
  readonly smokeChecks: number;
}

/** What it takes to make a commit serve; nothing where it does already. */
export function planDeploy(facts: DeployFacts): Plan<DeployStep> {
  const short = facts.commit.slice(0, 10);
  const title = `deploy ${short} (${facts.subject.slice(0, 72)}) to ${facts.environment}`;
  const refusals = findRefusals(facts);
  if (refusals.length > 0) return { verb: "deploy", title, steps: [], refusals, notes: [] };
  const served = facts.serving?.commit === facts.commit;
  if (served && facts.serving?.live === true)
    return { ...base(title), steps: mendSteps(facts), notes: [`${short} serves already`] };
  if (served && !facts.supervisorRuns) {
    const start: DeployStep = {
      kind: "resume",
      title: `start ${facts.environment}, which takes ${short} up again`,
    };
    return { ...base(title), steps: [lockStep(facts), start, reconcileStep], notes: [] };
  }
  const notes =
    facts.serving === null
      ? []
      : [`now serves ${facts.serving.commit.slice(0, 10)}; it stays warm for a rollback`];
  return { ...base(title), steps: deploySteps(facts, short), notes };
}

function base(title: string): Pick<Plan<DeployStep>, "verb" | "title" | "refusals"> {
  return { verb: "deploy", title, refusals: [] };
}

function findRefusals(facts: DeployFacts): readonly Refusal[] {
  if (facts.onTrunk) return [];
  return [
    {
      code: "not-on-trunk",
      message: `${facts.commit.slice(0, 10)} is not on ${facts.trunk}: trunk first.`,
      next: `Merge it to ${facts.trunk} and push, then deploy the commit that is there.`,
    },
  ];
}

function mendSteps(facts: DeployFacts): readonly DeployStep[] {
  return facts.ledgerIsBehind ? [lockStep(facts), reconcileStep] : [];
}

function lockStep(facts: DeployFacts): DeployStep {
  return { kind: "lock", title: `take the lock of ${facts.environment}` };
}

const reconcileStep: DeployStep = {
  kind: "reconcile",
  title: "bring the ledger up to what serves",
};

function deploySteps(facts: DeployFacts, short: string): readonly DeployStep[] {
  const { environment } = facts;
  const made = facts.madeDigest !== null;
  const build: DeployStep = {
    kind: "build",
    title: made ? `take the build of ${short} made before` : `build ${short}`,
  };
  const smoke: DeployStep = {
    kind: "smoke",
    title: `make ${String(facts.smokeChecks)} smoke check${facts.smokeChecks === 1 ? "" : "s"}`,
  };
  return [
    lockStep(facts),
    reconcileStep,
    { kind: "begin", title: "write to the ledger that it begins" },
    build,
    { kind: "unpack", title: "unpack it into its own directory" },
    { kind: "supervisor", title: `see that ${environment} runs` },
    { kind: "candidate", title: "start it beside the build that serves" },
    { kind: "health", title: `wait until ${facts.healthPath} answers 200` },
    ...(facts.smokeChecks === 0 ? [] : [smoke]),
    { kind: "switch", title: `switch ${environment} to it` },
    { kind: "record", title: "write to the ledger that it serves" },
  ];
}
