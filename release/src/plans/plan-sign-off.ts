import type { Plan, PlanStep, Refusal } from "./plan.ts";

export interface SignOffRequest {
  readonly role: string;
  readonly evidence: string;
  readonly outcome: "approved" | "rejected";
}

export interface SignOffLineFacts {
  readonly name: string;
  readonly branch: string;
  readonly head: string;
  readonly phase: string;
  readonly signOffs: readonly (SignOffRequest & {
    readonly void: boolean;
    readonly commit: string;
  })[];
}

/** A line and what a role says of it → what is written to the ledger. */
export function planSignOff(line: SignOffLineFacts, request: SignOffRequest): Plan<PlanStep> {
  const word = request.outcome === "approved" ? "approve" : "reject";
  const title = `${request.role}: ${word} line ${line.name} at ${line.head.slice(0, 10)}`;
  const notes = line.signOffs
    .filter((signOff) => signOff.void)
    .map(
      (signOff) =>
        `the sign-off of ${signOff.role} for ${signOff.commit.slice(0, 10)} is void: ${line.branch} has moved`,
    );
  const refusals: readonly Refusal[] =
    line.phase === "ended"
      ? [
          {
            code: "line-ended",
            message: `Line ${line.name} has ended.`,
            next: "Sign a line that is supported: `trunkline status` lists them.",
          },
        ]
      : [];
  const step = { kind: "sign-off", title: `write the sign-off of ${request.role} to the ledger` };
  const steps = refusals.length > 0 || isSaid(line, request) ? [] : [step];
  return { verb: "qa sign", title, steps, refusals, notes };
}

/** The role's latest word on this head is the same already. */
function isSaid(line: SignOffLineFacts, request: SignOffRequest): boolean {
  const latest = line.signOffs.find(({ role }) => role === request.role);
  if (latest === undefined || latest.void) return false;
  return latest.outcome === request.outcome && latest.evidence === request.evidence;
}
