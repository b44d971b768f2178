import { z } from "zod";

const commit = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const base = {
  schemaVersion: z.literal(1),
  /** Unique per entry: a retried append is recognised by it. */
  id: z.string().min(1),
  /** ISO 8601, UTC, by the writer's clock; order is the chain's, not the clock's. */
  at: z.iso.datetime(),
  /** `Name <email>` of git's author identity. */
  by: z.string().min(1),
  commit,
  /** Free sentence for people: why it failed, why it was rolled back. */
  reason: z.string().optional(),
};

const onEnvironment = {
  environment: z.string().min(1),
  deployment: z.string().min(1),
  digest: z.string(),
};
const onLine = { line: z.string().min(1) };

export const ledgerEntrySchema = z.discriminatedUnion("kind", [
  z.looseObject({
    ...base,
    ...onEnvironment,
    kind: z.literal("deployment"),
    outcome: z.enum(["started", "serving", "failed", "abandoned"]),
  }),
  z.looseObject({
    ...base,
    ...onEnvironment,
    kind: z.literal("rollback"),
    outcome: z.enum(["switched"]),
    /** The deployment that was taken out; `deployment` is the one that serves again. */
    from: z.string().min(1),
    /** It undoes a rollback: `from` did nothing wrong. */
    undo: z.boolean().optional(),
    /** When the switch was asked for: an entry written twice is recognised by it. */
    switchedAt: z.iso.datetime().optional(),
    durationMs: z.number(),
  }),
  z.looseObject({
    ...base,
    ...onEnvironment,
    kind: z.literal("environment"),
    outcome: z.enum(["stopped", "started"]),
  }),
  z.looseObject({
    ...base,
    ...onLine,
    kind: z.literal("cut"),
    outcome: z.enum(["cut"]),
    version: z.string(),
    provenBy: z.string(),
    supportedUntil: z.iso.datetime(),
    maintainedUntil: z.iso.datetime(),
  }),
  z.looseObject({
    ...base,
    ...onLine,
    kind: z.literal("backport"),
    outcome: z.enum(["applied", "adapted"]),
    origin: commit,
  }),
  z.looseObject({
    ...base,
    ...onLine,
    kind: z.literal("sign-off"),
    outcome: z.enum(["approved", "rejected"]),
    role: z.string(),
    evidence: z.string(),
  }),
  z.looseObject({
    ...base,
    ...onLine,
    kind: z.literal("release"),
    outcome: z.enum(["released"]),
    version: z.string(),
    tag: z.string(),
  }),
  z.looseObject({
    ...base,
    ...onLine,
    kind: z.literal("bundle"),
    outcome: z.enum(["built"]),
    version: z.string(),
    digest: z.string(),
    file: z.string(),
  }),
]);

export type LedgerEntry = z.output<typeof ledgerEntrySchema>;
/** An entry before the ledger adds its schema version, id, time and author. */
export type NewLedgerEntry = LedgerEntry extends infer Entry
  ? Entry extends LedgerEntry
    ? Omit<Entry, "schemaVersion" | "id" | "at" | "by">
    : never
  : never;

/** One line for `git log refs/trunkline/ledger` and for people. */
export function describeLedgerEntry(entry: LedgerEntry): string {
  const short = entry.commit.slice(0, 10);
  switch (entry.kind) {
    case "deployment":
      return `deployment ${entry.deployment}: ${short} ${entry.outcome} in ${entry.environment}`;
    case "rollback":
      return `rollback${entry.undo === true ? " undone" : ""} in ${entry.environment}: ${short} serves again`;
    case "environment":
      return `environment ${entry.environment} ${entry.outcome} with ${short}`;
    case "cut":
      return `cut ${entry.line} for ${entry.version} from ${short}`;
    case "backport":
      return `backport ${entry.origin.slice(0, 10)} to ${entry.line} as ${short} (${entry.outcome})`;
    case "sign-off":
      return `sign-off ${entry.role} ${entry.outcome} on ${entry.line} at ${short}`;
    case "release":
      return `release ${entry.tag} from ${entry.line} at ${short}`;
    case "bundle":
      return `bundle ${entry.version} from ${short}`;
  }
}
