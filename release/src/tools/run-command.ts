import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { Failure } from "../failure.ts";

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** The process group is killed after this time; default ten minutes. */
  readonly timeoutMs?: number;
  /** Output above this bound ends the process; default 256 MiB. */
  readonly maxOutputBytes?: number;
  /** Called with each piece of stderr and stdout as it arrives. */
  readonly onOutput?: (text: string) => void;
  /** Called at once with the process, which leads a group of its own. */
  readonly onStarted?: (pid: number) => void;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: "ignore" | "inherit" | { readonly logFile: number };
  readonly detached: boolean;
}

export interface ChildHandle {
  readonly pid: number;
  readonly exited: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
  }>;
  kill(signal: NodeJS.Signals): boolean;
  unref(): void;
}

const defaultTimeoutMs = 600_000;
const defaultMaxOutputBytes = 256 * 1024 * 1024;
const stderrKeptBytes = 1024 * 1024;

/**
 * Runs a process to its end and returns what it said; any exit code is a value here.
 * @throws Failure `command-failed` when it cannot be started, runs too long or prints too much.
 */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    if (child.pid !== undefined) options.onStarted?.(child.pid);
    const output = collectOutput(child, options, (reason) => {
      endGroup(child);
      reject(commandFailure(options, reason));
    });
    const timer = setTimeout(() => {
      endGroup(child);
      reject(commandFailure(options, `it ran longer than ${String(timeoutOf(options) / 1000)} s`));
    }, timeoutOf(options));
    const onAbort = (): void => {
      endGroup(child);
      reject(commandFailure(options, "it was interrupted"));
    };
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
    };
    child.on("error", (error) => {
      settle();
      reject(commandFailure(options, error.message));
    });
    child.on("close", (code, signal) => {
      settle();
      resolve({ code, signal, ...output() });
    });
  });
}

/** Runs a process and fails unless it ends with code 0. */
export async function runOrFail(options: CommandOptions): Promise<CommandResult> {
  const result = await runCommand(options);
  if (result.code === 0) return result;
  const ending =
    result.code === null ? `signal ${String(result.signal)}` : `code ${String(result.code)}`;
  throw commandFailure(options, `it ended with ${ending}: ${lastLines(result)}`);
}

/** Starts a process that outlives the call. */
export async function startProcess(options: ProcessOptions): Promise<ChildHandle> {
  const stdio: StdioOptions =
    typeof options.stdio === "string"
      ? ["ignore", options.stdio, options.stdio]
      : ["ignore", options.stdio.logFile, options.stdio.logFile];
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    stdio,
    detached: options.detached,
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const pid = await startedPid(child, options);
  return {
    pid,
    exited,
    kill: (signal) => child.kill(signal),
    unref: () => {
      child.unref();
    },
  };
}

function startedPid(child: ChildProcess, options: ProcessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      reject(commandFailure(options, error.message));
    });
    child.on("spawn", () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

function collectOutput(
  child: ChildProcess,
  options: CommandOptions,
  tooMuch: (reason: string) => void,
): () => { stdout: Buffer; stderr: string } {
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = "";
  const bound = options.maxOutputBytes ?? defaultMaxOutputBytes;
  child.stdout?.on("data", (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > bound) tooMuch(`it printed more than ${String(bound)} bytes`);
    else stdout.push(chunk);
    options.onOutput?.(chunk.toString());
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-stderrKeptBytes);
    options.onOutput?.(chunk.toString());
  });
  // A process that ends without reading its input is judged by its exit code, not by EPIPE.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  return () => ({ stdout: Buffer.concat(stdout), stderr });
}

function timeoutOf(options: CommandOptions): number {
  return options.timeoutMs ?? defaultTimeoutMs;
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function commandFailure(
  options: { readonly command: string; readonly args: readonly string[]; readonly cwd: string },
  reason: string,
): Failure {
  const line = [options.command, ...options.args].join(" ").slice(0, 300);
  return new Failure({
    code: "command-failed",
    message: `\`${line}\` failed: ${reason}`,
    next: `Run it yourself in ${options.cwd} to see more.`,
  });
}

function lastLines(result: CommandResult): string {
  const text = result.stderr.trim() === "" ? result.stdout.toString().trim() : result.stderr.trim();
  return text.split("\n").slice(-15).join("\n");
}
