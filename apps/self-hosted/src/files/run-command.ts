import { spawn } from "node:child_process";

const MAX_OUTPUT_CHARACTERS = 256 * 1024;

export type CommandRequest = {
  readonly file: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Runs as this user and group; left out, as the caller. */
  readonly as?: { readonly uid: number; readonly gid: number };
};

export type CommandOutcome = {
  /** Null when the command was killed, timed out or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a command to its end, without a shell; a killed command is not a success. */
export function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const child = spawn(request.file, request.args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: request.timeoutMs,
      killSignal: "SIGKILL",
      ...request.as,
    });
    let stdout = "";
    let stderr = "";
    child.stdout
      .setEncoding("utf8")
      .on("data", (text: string) => (stdout = bounded(stdout + text)));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (stderr = bounded(stderr + text)));
    child.on("error", (error) =>
      resolve({ exitCode: null, stdout, stderr: stderr || error.message }),
    );
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

function bounded(text: string): string {
  return text.slice(-MAX_OUTPUT_CHARACTERS);
}
