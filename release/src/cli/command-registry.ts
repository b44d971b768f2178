import type { CommandDefinition } from "./command.ts";

export interface RegisteredCommand {
  /** Words as typed: `deploy`, `qa sign`. */
  readonly words: string;
  readonly summary: string;
  readonly load: () => Promise<CommandDefinition>;
}

/** Every verb, loaded only when it is the one that runs. */
export const commandRegistry: readonly RegisteredCommand[] = [
  {
    words: "build",
    summary: "make the build of a commit, once",
    load: async () => (await import("../commands/build.ts")).buildCommand,
  },
  {
    words: "deploy",
    summary: "deploy a trunk commit to an environment",
    load: async () => (await import("../commands/deploy.ts")).deployCommand,
  },
  {
    words: "rollback",
    summary: "switch an environment back to the build before",
    load: async () => (await import("../commands/rollback.ts")).rollbackCommand,
  },
  {
    words: "environment start",
    summary: "start a local environment's supervisor with what served last",
    load: async () => (await import("../commands/environment-start.ts")).environmentStartCommand,
  },
  {
    words: "environment stop",
    summary: "stop a local environment's supervisor and builds",
    load: async () => (await import("../commands/environment-stop.ts")).environmentStopCommand,
  },
  {
    words: "cut",
    summary: "cut a line from a proven commit",
    load: async () => (await import("../commands/cut.ts")).cutCommand,
  },
  {
    words: "backport",
    summary: "apply a trunk commit to a line",
    load: async () => (await import("../commands/backport.ts")).backportCommand,
  },
  {
    words: "qa sign",
    summary: "record a QA sign-off for a line",
    load: async () => (await import("../commands/qa-sign.ts")).qaSignCommand,
  },
  {
    words: "release",
    summary: "release a line: its first version, or the next patch",
    load: async () => (await import("../commands/release.ts")).releaseCommand,
  },
  {
    words: "bundle",
    summary: "make the offline bundle of a release",
    load: async () => (await import("../commands/bundle.ts")).bundleCommand,
  },
  {
    words: "verify",
    summary: "verify a bundle: signature, checksums, contents",
    load: async () => (await import("../commands/verify.ts")).verifyCommand,
  },
  {
    words: "check",
    summary: "refuse commits on lines that break trunk-first",
    load: async () => (await import("../commands/check.ts")).checkCommand,
  },
  {
    words: "status",
    summary: "environments, lines, pending work, what to do next",
    load: async () => (await import("../commands/status.ts")).statusCommand,
  },
  {
    words: "drift",
    summary: "measure the distance between trunk, hosted and the lines",
    load: async () => (await import("../commands/drift.ts")).driftCommand,
  },
  {
    words: "ledger",
    summary: "print the ledger's entries",
    load: async () => (await import("../commands/ledger.ts")).ledgerCommand,
  },
];
