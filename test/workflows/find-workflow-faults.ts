import { parse } from "yaml";
import { z } from "zod";

const stepSchema = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const workflowSchema = z.looseObject({
  permissions: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      "timeout-minutes": z.number().optional(),
      permissions: z.unknown().optional(),
      steps: z.array(stepSchema).min(1),
    }),
  ),
});

/** What a step may start: the repository's own commands and nothing else. */
const ownCommand =
  /^(?:npm|npx -y pnpm@\d+\.\d+\.\d+|(?:sudo (?:--preserve-env=\w+ )?)?\.ci\/run)(?: |$)/u;

/**
 * Judges a GitHub workflow by the house's rules: each step is one command of the
 * repository or one action pinned by commit; jobs end; permissions are named.
 *
 * @returns one sentence per fault; none for a workflow that keeps the rules
 */
export function findWorkflowFaults(yaml: string): readonly string[] {
  const workflow = workflowSchema.parse(parse(yaml));
  const faults: string[] = [];
  if (typeof workflow.permissions !== "object") faults.push("names no permissions of its own");
  for (const [job, { steps, ...rest }] of Object.entries(workflow.jobs)) {
    if (rest["timeout-minutes"] === undefined) faults.push(`${job}: has no timeout-minutes`);
    if (rest.permissions !== undefined) faults.push(`${job}: permissions belong to the workflow`);
    for (const { uses, run } of steps) {
      if (uses !== undefined && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/u.test(uses)) {
        faults.push(`${job}: ${uses} is not pinned by commit`);
      }
      if (run !== undefined)
        faults.push(...findCommandFaults(run).map((fault) => `${job}: ${fault}`));
    }
  }
  return faults;
}

function findCommandFaults(run: string): readonly string[] {
  const command = run.trim();
  const faults: string[] = [];
  if (/\n|;|&&|\|\||\||`|\$\(/u.test(command)) faults.push(`"${command}" is more than one command`);
  // An expression in a command is pasted before the shell reads it: anyone's text becomes code.
  if (command.includes("${{"))
    faults.push(`"${command}" pastes an expression; pass it through env`);
  if (!ownCommand.test(command)) faults.push(`"${command}" is not a command of this repository`);
  return faults;
}
