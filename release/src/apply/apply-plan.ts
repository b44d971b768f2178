import { randomUUID } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CommandContext, CommandOutcome } from "../cli/command.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Plan, PlanStep } from "../plans/plan.ts";
import { describeDuration } from "../policy/duration.ts";
import { keepNewest } from "../tools/keep-newest.ts";

const keptJournals = 200;
/** As `openJournal` names them. */
const journalName = /^\d{4}-\d\d-\d\dT.*\.jsonl$/;

export interface StepReport {
  readonly title: string;
  readonly durationMs: number;
  readonly said?: string;
}

export interface ApplyOptions<Step extends PlanStep> {
  readonly plan: Plan<Step>;
  /** Given with `--apply`; otherwise the plan is only shown. */
  readonly apply: boolean;
  readonly context: CommandContext;
  /** Journals are written here, one file a run; the newest 200 stay. */
  readonly privateDirectory: string;
  /** Carries one step out. It must be safe to run again after a kill at any point. */
  readonly run: (step: Step) => Promise<string | undefined>;
  /** What `--json` adds when all is done. */
  readonly result?: () => Readonly<Record<string, unknown>>;
}

/**
 * The second half of every verb that changes something: shows the plan, or runs
 * its steps in order, each journaled before and after.
 */
export async function applyPlan<Step extends PlanStep>(
  options: ApplyOptions<Step>,
): Promise<CommandOutcome> {
  const { plan } = options;
  const shown = {
    plan: {
      verb: plan.verb,
      title: plan.title,
      steps: plan.steps,
      refusals: plan.refusals,
      notes: plan.notes,
    },
  };
  if (plan.refusals.length > 0)
    return {
      exitCode: exitCodes.refused,
      data: { ...shown, applied: false },
      text: refusalText(plan),
    };
  if (plan.steps.length === 0)
    return {
      exitCode: exitCodes.done,
      data: { ...shown, applied: false, ...options.result?.() },
      text: nothingText(plan),
    };
  if (!options.apply)
    return { exitCode: exitCodes.done, data: { ...shown, applied: false }, text: planText(plan) };
  const reports = await runSteps(options);
  const folder = journalFolder(options);
  await keepNewest({ folder, pattern: journalName, count: keptJournals });
  return {
    exitCode: exitCodes.done,
    data: { ...shown, applied: true, reports, ...options.result?.() },
    text: [
      plan.title,
      ...reports.map(
        (report) =>
          `  done  ${report.title} (${describeDuration(report.durationMs)})${report.said === undefined ? "" : `: ${report.said}`}`,
      ),
      ...noteLines(plan),
    ].join("\n"),
  };
}

async function runSteps<Step extends PlanStep>(
  options: ApplyOptions<Step>,
): Promise<readonly StepReport[]> {
  const journal = await openJournal(options);
  const reports: StepReport[] = [];
  for (const step of options.plan.steps) {
    if (options.context.signal.aborted) throw interrupted();
    await journal({ step: step.kind, title: step.title, state: "begun" });
    const startedMs = performance.now();
    options.context.tell(`  ...  ${step.title}`);
    try {
      const said = await options.run(step);
      reports.push({
        title: step.title,
        durationMs: Math.round(performance.now() - startedMs),
        ...(said === undefined ? {} : { said }),
      });
      await journal({ step: step.kind, title: step.title, state: "done" });
    } catch (error) {
      await journal({
        step: step.kind,
        title: step.title,
        state: "failed",
        reason: error instanceof Error ? error.message : String(error),
      });
      throw error;
    }
  }
  return reports;
}

function journalFolder({ privateDirectory }: { readonly privateDirectory: string }): string {
  return join(privateDirectory, "journal");
}

async function openJournal<Step extends PlanStep>(
  options: ApplyOptions<Step>,
): Promise<(record: object) => Promise<void>> {
  const folder = journalFolder(options);
  await mkdir(folder, { recursive: true });
  const stamp = options.context.now().toISOString().replaceAll(":", "-");
  const file = join(
    folder,
    `${stamp}-${options.plan.verb.replaceAll(" ", "-")}-${randomUUID().slice(0, 8)}.jsonl`,
  );
  return async (record) => {
    await appendFile(
      file,
      `${JSON.stringify({ at: options.context.now().toISOString(), pid: options.context.pid, ...record })}\n`,
      { flush: true },
    );
  };
}

function interrupted(): Failure {
  return new Failure({
    code: "command-failed",
    message: "Interrupted between two steps.",
    next: "Run the same command again; it continues.",
  });
}

function planText(plan: Plan<PlanStep>): string {
  const steps = plan.steps.map((step, index) => `  ${String(index + 1)}. ${step.title}`);
  return [
    `Plan: ${plan.title}`,
    ...steps,
    ...noteLines(plan),
    "",
    "Nothing has changed. Add --apply to do it.",
  ].join("\n");
}

function nothingText(plan: Plan<PlanStep>): string {
  return [`${plan.title}: nothing to do.`, ...noteLines(plan)].join("\n");
}

function refusalText(plan: Plan<PlanStep>): string {
  return [
    `Refused: ${plan.title}`,
    ...plan.refusals.flatMap((refusal) => [`  ${refusal.message}`, `    next: ${refusal.next}`]),
    ...noteLines(plan),
  ].join("\n");
}

function noteLines(plan: Plan<PlanStep>): readonly string[] {
  return plan.notes.map((note) => `  note: ${note}`);
}
