import type { Plan } from "./plan.ts";

export interface EnvironmentStep {
  readonly kind: "start" | "stop";
  readonly title: string;
}

export interface EnvironmentFacts {
  readonly environment: string;
  readonly supervisorRuns: boolean;
  readonly serving: { readonly commit: string } | null;
}

/** Nothing to do where it runs. */
export function planEnvironmentStart(facts: EnvironmentFacts): Plan<EnvironmentStep> {
  const served = facts.serving?.commit.slice(0, 10);
  const title = `start ${facts.environment}${served === undefined ? "" : `, which takes ${served} up again`}`;
  const note = `nothing was deployed to ${facts.environment} yet: it answers 503 until something is`;
  return {
    verb: "environment start",
    title,
    steps: facts.supervisorRuns ? [] : [{ kind: "start", title }],
    refusals: [],
    notes: served === undefined ? [note] : [],
  };
}

/** Nothing to do where it does not run. */
export function planEnvironmentStop(facts: EnvironmentFacts): Plan<EnvironmentStep> {
  const title = `stop ${facts.environment} and its builds`;
  return {
    verb: "environment stop",
    title,
    steps: facts.supervisorRuns ? [{ kind: "stop", title }] : [],
    refusals: [],
    notes: [],
  };
}
