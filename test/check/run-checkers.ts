import { runTool } from "../run-tool.ts";
import type { Checker } from "./checkers.ts";

const checkerTimeoutMs = 240_000;

export interface CheckerResult {
  readonly checker: Checker;
  readonly passed: boolean;
  /** How many files, links or tests were looked at; 0 when the output does not say. */
  readonly lookedAt: number;
  readonly durationMs: number;
  readonly output: string;
}

export interface CheckerRun {
  /** The repository, or a copy of it. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly concurrency: number;
  /** Called as each checker ends. */
  readonly onResult: (result: CheckerResult) => void;
}

/** Runs all checkers, a bounded number at a time, and returns their results. */
export async function runCheckers(
  checkers: readonly Checker[],
  run: CheckerRun,
): Promise<readonly CheckerResult[]> {
  const waiting = [...checkers];
  const results: CheckerResult[] = [];
  const worker = async (): Promise<void> => {
    for (let checker = waiting.shift(); checker !== undefined; checker = waiting.shift()) {
      const result = await runChecker(checker, run);
      results.push(result);
      run.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: run.concurrency }, worker));
  return results;
}

/** Runs one checker. It passes when it ends with 0 and shows that it looked at something. */
export async function runChecker(
  checker: Checker,
  run: Pick<CheckerRun, "root" | "env">,
): Promise<CheckerResult> {
  const toolRun = await runTool({
    program: checker.program,
    args: checker.args,
    cwd: run.root,
    env: quietEnvironment(run),
    timeoutMs: checkerTimeoutMs,
  });
  const { durationMs } = toolRun;
  const lookedAt = Number(checker.evidence.exec(toolRun.output)?.[1] ?? 0);
  const passed = toolRun.exitCode === 0 && lookedAt > 0;
  const vacuous = toolRun.exitCode === 0 && lookedAt === 0;
  const output = vacuous ? `${toolRun.output}\nIt looked at nothing.\n` : toolRun.output;
  return { checker, passed, lookedAt, durationMs, output };
}

/** The checkers run from the checkout's own tools, without colour and without a network call. */
function quietEnvironment(run: Pick<CheckerRun, "root" | "env">): CheckerRun["env"] {
  return {
    ...run.env,
    PATH: `${run.root}/node_modules/.bin:${run.env["PATH"] ?? ""}`,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
  };
}
