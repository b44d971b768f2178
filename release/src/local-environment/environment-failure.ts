/** Every expected failure of a local environment. */
export type EnvironmentFailureCode =
  | "address-unusable"
  | "deployment-exists"
  | "deployment-not-live"
  | "deployment-serving"
  | "deployment-unknown"
  | "directory-unusable"
  | "platform-unsupported"
  | "port-occupied"
  | "public-address-differs"
  | "request-invalid"
  | "shutting-down"
  | "state-unusable"
  | "supervisor-not-answering"
  | "supervisor-not-started"
  | "too-many-candidates"
  | "unauthorized"
  | "worker-exited"
  | "worker-not-listening"
  | "worker-not-started";

export interface EnvironmentFailure {
  readonly code: EnvironmentFailureCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do next. */
  readonly next: string;
  /** The end of the worker's output, where the failure is a worker's. */
  readonly logTail?: string;
}

export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: EnvironmentFailure };

export function success<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

export function failed(failure: EnvironmentFailure): {
  readonly ok: false;
  readonly failure: EnvironmentFailure;
} {
  return { ok: false, failure };
}

/** The system's error code (`ENOENT`, `EADDRINUSE`), or an empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}
