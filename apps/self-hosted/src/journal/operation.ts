/** The steps that change something, in order; verify and preflight come before the journal begins. */
export const UPGRADE_STEPS = [
  "unpack",
  "backup",
  "migrate",
  "switch",
  "restart",
  "health",
] as const;

export const ROLLBACK_STEPS = ["switch", "restart", "health"] as const;

export type StepName = (typeof UPGRADE_STEPS)[number];

/** What an operation sets out to do; the first line of its journal. */
export type OperationBegun = {
  readonly schemaVersion: 1;
  readonly event: "begun";
  readonly at: string;
  readonly kind: "upgrade" | "rollback";
  readonly fromVersion: string;
  readonly toVersion: string;
  /** What an upgrade installs, its signature verified; null for a rollback. */
  readonly bundle: BundleSource | null;
  /** Whether the release directory of `toVersion` was there before: then turning back keeps it. */
  readonly toWasInstalled: boolean;
};

export type BundleSource = {
  /** Absolute path of the tarball. */
  readonly file: string;
  /** sha256 in hex of the bytes that were verified: another file under the same name is refused. */
  readonly sha256: string;
  /** Absolute path of its signature, which is verified again when the upgrade is resumed. */
  readonly signatureFile: string;
};

export type StepState = "started" | "finished" | "failed";

export type OperationEvent =
  | {
      readonly event: "step";
      readonly at: string;
      readonly step: StepName;
      readonly state: StepState;
    }
  | { readonly event: "turned-back"; readonly at: string; readonly reason: string }
  | { readonly event: "ended"; readonly at: string; readonly outcome: "new" | "old" };

/** One journal, read: what was intended and how far it came. */
export type Operation = OperationBegun & {
  readonly journalFile: string;
  readonly started: ReadonlySet<StepName>;
  readonly finished: ReadonlySet<StepName>;
  readonly turnedBack: boolean;
  readonly ended: "new" | "old" | null;
  readonly endedAt: string | null;
};
