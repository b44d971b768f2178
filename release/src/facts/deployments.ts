import type { LedgerEntry } from "../ledger/ledger-entry.ts";

/** A build serving in an environment, folded from the ledger. */
export interface Deployment {
  readonly deployment: string;
  readonly environment: string;
  readonly commit: string;
  readonly digest: string;
  readonly startedAt: string;
  /** Every span of serving: `to` is null while it serves; a stopped environment serves nothing. */
  readonly spans: readonly { readonly from: string; readonly to: string | null }[];
  readonly state: "started" | "serving" | "failed" | "abandoned" | "superseded" | "rolled-back";
  readonly reason: string | null;
}

/** All deployments of an environment, oldest first. */
export function foldDeployments(
  entries: readonly LedgerEntry[],
  environment: string,
): readonly Deployment[] {
  const byId = new Map<string, Deployment>();
  for (const entry of entries) {
    if (entry.kind === "deployment" && entry.environment === environment)
      foldDeployment(byId, entry);
    if (entry.kind === "rollback" && entry.environment === environment) foldRollback(byId, entry);
    if (entry.kind === "environment" && entry.environment === environment)
      foldEnvironment(byId, entry);
  }
  return [...byId.values()];
}

/** The deployment that serves now, by the ledger; null when none does. */
export function servingDeployment(deployments: readonly Deployment[]): Deployment | null {
  return deployments.find((deployment) => deployment.state === "serving") ?? null;
}

/** Does it answer now, by the ledger: it serves, and its environment was not stopped? */
export function isAnswering(deployment: Deployment): boolean {
  return deployment.state === "serving" && deployment.spans.at(-1)?.to === null;
}

function foldDeployment(
  byId: Map<string, Deployment>,
  entry: Extract<LedgerEntry, { kind: "deployment" }>,
): void {
  const known = byId.get(entry.deployment) ?? {
    deployment: entry.deployment,
    environment: entry.environment,
    commit: entry.commit,
    digest: entry.digest,
    startedAt: entry.at,
    spans: [],
    state: "started",
    reason: null,
  };
  if (entry.outcome === "serving") {
    endServing(byId, { at: entry.at, state: "superseded", reason: null, except: entry.deployment });
    const already = isAnswering(known);
    byId.set(entry.deployment, {
      ...known,
      digest: entry.digest,
      state: "serving",
      spans: already ? known.spans : [...known.spans, { from: entry.at, to: null }],
    });
    return;
  }
  byId.set(entry.deployment, {
    ...known,
    digest: entry.digest === "" ? known.digest : entry.digest,
    state: entry.outcome,
    reason: entry.reason ?? known.reason,
  });
}

function foldRollback(
  byId: Map<string, Deployment>,
  entry: Extract<LedgerEntry, { kind: "rollback" }>,
): void {
  endServing(byId, {
    at: entry.at,
    state: entry.undo === true ? "superseded" : "rolled-back",
    reason: entry.undo === true ? null : (entry.reason ?? null),
    except: entry.deployment,
  });
  const target = byId.get(entry.deployment);
  if (target === undefined || isAnswering(target)) return;
  byId.set(entry.deployment, {
    ...target,
    state: "serving",
    spans: [...target.spans, { from: entry.at, to: null }],
  });
}

/** What serves is the same before and after; the time between is not served. */
function foldEnvironment(
  byId: Map<string, Deployment>,
  entry: Extract<LedgerEntry, { kind: "environment" }>,
): void {
  for (const [id, deployment] of byId) {
    if (deployment.state !== "serving") continue;
    if (entry.outcome === "stopped") {
      byId.set(id, { ...deployment, spans: endSpans(deployment, entry.at) });
    } else if (id === entry.deployment && !isAnswering(deployment)) {
      const spans = [...deployment.spans, { from: entry.at, to: null }];
      byId.set(id, { ...deployment, spans });
    }
  }
}

function endSpans(deployment: Deployment, at: string): Deployment["spans"] {
  return deployment.spans.map((span) => (span.to === null ? { ...span, to: at } : span));
}

function endServing(
  byId: Map<string, Deployment>,
  ending: {
    readonly at: string;
    readonly state: "superseded" | "rolled-back";
    readonly reason: string | null;
    readonly except: string;
  },
): void {
  for (const [id, deployment] of byId) {
    if (deployment.state !== "serving" || id === ending.except) continue;
    const spans = endSpans(deployment, ending.at);
    byId.set(id, { ...deployment, spans, state: ending.state, reason: ending.reason });
  }
}
