import { applyPlan } from "../apply/apply-plan.ts";
import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { findLine } from "../facts/find-line.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import type { Line } from "../facts/lines.ts";
import { exitCodes, Failure } from "../failure.ts";
import { appendToLedger } from "../ledger/ledger.ts";
import { planSignOff } from "../plans/plan-sign-off.ts";
import type { SignOffRequest } from "../plans/plan-sign-off.ts";
import { openRepository } from "../tools/repository.ts";
import type { Repository } from "../tools/repository.ts";

export const qaSignCommand: CommandDefinition = {
  args: [],
  options: [
    { flags: "--line <line>", description: "the line that was tested" },
    { flags: "--role <role>", description: "on whose behalf: a role of the policy's qa.roles" },
    {
      flags: "--evidence <text>",
      description: "what was tested and where to read it: text or a URL",
    },
    { flags: "--reject", description: "record that the line must not be released as it is" },
  ],
  changes: true,
  details: `Records a QA sign-off for a line in the ledger.

It is bound to the line's head: after another commit on the line it is void, and the role signs again. A line is released for the first time only when every role has approved its head.`,
  examples: [
    "trunkline qa sign --line 1.0 --role operations --evidence https://example.com/run/7 --apply",
    'trunkline qa sign --line 1.0 --role engineering --evidence "upgrade fails" --reject --apply',
  ],
  json: [
    "plan: { verb, title, steps, refusals, notes }",
    "applied: boolean",
    "line: string, commit: string, the line's head",
    "signOffs: [{ role, outcome, by, at, evidence, commit, void }], the latest of each role",
    "missingRoles: [role], not approved on the head",
  ],
  run: sign,
};

async function sign(input: CommandInput, context: CommandContext): Promise<CommandOutcome> {
  const repository = await openRepository(input, context);
  const named = requireOption(input, "line");
  const request: SignOffRequest = {
    role: requireOption(input, "role"),
    evidence: requireOption(input, "evidence"),
    outcome: input.options["reject"] === true ? "rejected" : "approved",
  };
  refuseUnknownRole(repository, request.role);
  const line = findLine((await readLineFacts(repository, context.now())).lines, named);
  let after = line;
  return applyPlan({
    plan: planSignOff(line, request),
    apply: input.options["apply"] === true,
    context,
    privateDirectory: repository.privateDirectory,
    run: async () => {
      const entry = { kind: "sign-off", line: line.name, commit: line.head, ...request } as const;
      await appendToLedger(repository.ledger, [entry]);
      after = findLine((await readLineFacts(repository, context.now())).lines, line.name);
      return missingText(after);
    },
    result: () => ({
      line: after.name,
      commit: after.head,
      signOffs: after.signOffs,
      missingRoles: after.missingRoles,
    }),
  });
}

function requireOption(input: CommandInput, name: string): string {
  const value = input.options[name];
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw new Failure({
    code: "usage",
    message: `--${name} is needed.`,
    next: "trunkline qa sign --line LINE --role ROLE --evidence TEXT-OR-URL --apply",
    exitCode: exitCodes.usage,
  });
}

function refuseUnknownRole(repository: Repository, role: string): void {
  const { roles } = repository.policy.qa;
  if (roles.includes(role)) return;
  throw new Failure({
    code: "usage",
    message: `The policy has no QA role "${role}".`,
    next: `Use one of: ${roles.join(", ") || "(none; the policy's qa.roles is empty)"}.`,
    exitCode: exitCodes.usage,
  });
}

function missingText(line: Line): string {
  if (line.missingRoles.length > 0) return `still to approve: ${line.missingRoles.join(", ")}`;
  return `every role has approved; next: trunkline release --line ${line.name} --apply`;
}
