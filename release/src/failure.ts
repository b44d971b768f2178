/** Exit codes of every verb (documented in ops-docs/reference/trunkline.md). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  found: 4,
  needsPerson: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Every expected failure has one of these codes; scripts may rely on them. */
export type FailureCode =
  | "artifact-damaged"
  | "backport-conflict"
  | "build-failed"
  | "bundle-invalid"
  | "candidate-unhealthy"
  | "check-failed"
  | "command-failed"
  | "config-invalid"
  | "config-missing"
  | "environment-unknown"
  | "file-unusable"
  | "git-failed"
  | "ledger-contention"
  | "ledger-damaged"
  | "line-unknown"
  | "locked"
  | "not-a-repository"
  | "not-found"
  | "not-permitted"
  | "not-proven"
  | "nothing-serving"
  | "push-refused"
  | "qa-incomplete"
  | "release-failed"
  | "supervisor-failed"
  | "usage"
  | "variable-missing";

export interface FailureDetails {
  readonly code: FailureCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do next, one sentence or a command. */
  readonly next: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * An expected failure on its way to `main`, which prints it once.
 * Everything else that is thrown is a bug. (ADR 0007)
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor(details: FailureDetails) {
    super(details.message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "Failure";
    this.code = details.code;
    this.next = details.next;
    this.exitCode = details.exitCode ?? exitCodes.failed;
  }
}
