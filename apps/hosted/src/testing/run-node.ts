import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/** A Node process whose output is read. */
export type NodeProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Runs the Node binary that runs the test; `env` is the whole environment of the new process. */
export function runNode(
  words: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): NodeProcess {
  return spawn(process.execPath, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
}
