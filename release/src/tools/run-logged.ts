import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { Failure } from "../failure.ts";
import type { FailureCode } from "../failure.ts";
import { keepNewest } from "./keep-newest.ts";
import { runCommand } from "./run-command.ts";

const commandTimeoutMs = 30 * 60_000;
const tailLines = 30;
const tailBytes = 16 * 1024;
const logSizeBytes = 64 * 1024 * 1024;
const keptLogs = 50;

export interface LoggedCommands {
  readonly commands: readonly (readonly string[])[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What they print goes here, the first 64 MiB of it; written anew. Of older logs beside it 50 stay. */
  readonly logFile: string;
  /** The code of the failure when one of them does not end with 0. */
  readonly code: FailureCode;
  readonly signal: AbortSignal;
  /** Called with each command's process, which leads a group of its own. */
  readonly onStarted?: (pid: number) => void;
  readonly tell: (line: string) => void;
}

/**
 * Runs commands one after another, their output streamed to a log file.
 * @throws Failure with the end of the output, naming the log file
 */
export async function runLogged(options: LoggedCommands): Promise<void> {
  const folder = dirname(options.logFile);
  await mkdir(folder, { recursive: true });
  await keepNewest({ folder, pattern: /\.log$/, count: keptLogs });
  const log = createWriteStream(options.logFile, { flags: "w" });
  const closed = finished(log);
  // Awaited below; a full disk must not count as unhandled before.
  closed.catch(() => undefined);
  const writeBounded = boundedWriter(log);
  let tail = "";
  const write = (text: string): void => {
    tail = (tail + text).slice(-tailBytes);
    writeBounded(text);
  };
  try {
    for (const words of options.commands) {
      options.tell(`       $ ${words.join(" ")}`);
      write(`$ ${words.join(" ")}\n`);
      await runOne(options, words, write).catch((error: unknown) => {
        throw withTail(error, options, tail);
      });
    }
  } finally {
    log.end();
    await closed.catch(() => options.tell(`       ${options.logFile} could not be written`));
  }
}

/** What goes beyond the bound is dropped, and the log says so. */
function boundedWriter(log: Writable): (text: string) => void {
  let leftBytes = logSizeBytes;
  return (text) => {
    if (leftBytes <= 0) return;
    leftBytes -= Buffer.byteLength(text);
    if (leftBytes > 0) log.write(text);
    else log.write(`\n(the rest is left out: a log holds ${String(logSizeBytes)} bytes)\n`);
  };
}

async function runOne(
  options: LoggedCommands,
  words: readonly string[],
  write: (text: string) => void,
): Promise<void> {
  const [command = "", ...args] = words;
  const { cwd, env, signal, onStarted } = options;
  const { code, signal: killedBy } = await runCommand({
    command,
    args,
    cwd,
    env,
    signal,
    timeoutMs: commandTimeoutMs,
    onOutput: write,
    ...(onStarted === undefined ? {} : { onStarted }),
  });
  if (code === 0) return;
  const ending = code === null ? `signal ${String(killedBy)}` : `code ${String(code)}`;
  throw new Error(`\`${words.join(" ")}\` ended with ${ending}`);
}

function withTail(error: unknown, options: LoggedCommands, tail: string): Failure {
  const what = error instanceof Error ? error.message : String(error);
  const lines = tail.trimEnd().split("\n").slice(-tailLines);
  return new Failure({
    code: options.code,
    message: `${what}\n${lines.map((line) => `    ${line}`).join("\n")}`,
    next: `Read ${options.logFile}; run the command yourself in ${options.cwd}.`,
    cause: error,
  });
}
