import { spawnSync } from "node:child_process";
import type { TestContext } from "vitest";

/** Output of one tool that ran to its end. */
export interface ToolOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with nothing, or `input`, on its standard input. A killed program throws. */
export function runTool(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly input?: string | Buffer;
    readonly uid?: number;
    readonly gid?: number;
  } = {},
): ToolOutcome {
  const run = spawnSync(program, args, {
    ...options,
    input: options.input ?? "",
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) throw run.error;
  if (run.status === null) throw new Error(`${program} was killed by ${run.signal ?? "a signal"}`);
  return { exitCode: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** Skips the test, saying why, where one of the programs is not installed. */
export function skipWithout(tools: readonly string[]): (context: TestContext) => void {
  const isAbsent = (tool: string): boolean =>
    runTool("sh", ["-c", `command -v ${tool}`]).exitCode !== 0;
  const missing = tools.filter(isAbsent);
  return (context) => {
    if (missing.length > 0) context.skip(`not installed: ${missing.join(", ")}`);
  };
}
