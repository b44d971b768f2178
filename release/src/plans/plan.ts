/** Why a plan must not run, and what to do about it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** One step of a plan as data; `kind` names the function in `apply/` that carries it out. */
export interface PlanStep {
  readonly kind: string;
  /** What a person reads: imperative, one line. */
  readonly title: string;
}

/** What a verb is about to do: printed as it is, or carried out with `--apply`. */
export interface Plan<Step extends PlanStep> {
  readonly verb: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Not empty: policy forbids it, exit 3, nothing runs. */
  readonly refusals: readonly Refusal[];
  /** Facts worth knowing that stop nothing. */
  readonly notes: readonly string[];
}
