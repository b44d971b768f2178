import { spawn } from "node:child_process";

/** Output kept of one tool, at most: a tool that floods is cut, and says so. */
const maxOutputBytes = 4 * 1024 * 1024;

export interface ToolRun {
  /** The program's exit code; null when a signal ended it, which is never a success. */
  readonly exitCode: number | null;
  /** stdout and stderr in the order they arrived. */
  readonly output: string;
  readonly durationMs: number;
}

export interface ToolCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Runs one development tool to its end; rejects only when it cannot be started. */
export async function runTool(command: ToolCommand): Promise<ToolRun> {
  const startedAt = performance.now();
  const child = spawn(command.program, [...command.args], {
    cwd: command.cwd,
    env: command.env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: command.timeoutMs,
    killSignal: "SIGKILL",
  });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const keep = (chunk: Buffer): void => {
    if (sizeBytes < maxOutputBytes) chunks.push(chunk);
    sizeBytes += chunk.length;
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const cut = sizeBytes > maxOutputBytes ? `\n(output cut after ${maxOutputBytes} bytes)\n` : "";
  const output = Buffer.concat(chunks).toString("utf8") + cut;
  return { exitCode, output, durationMs: performance.now() - startedAt };
}
