import { once } from "node:events";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.ts";
import type { NodeProcess } from "./run-node.ts";
import { runNode } from "./run-node.ts";

/** One line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A real process that runs a build. */
export interface ServiceProcess {
  readonly pid: number;
  readonly child: NodeProcess;
  /** Every line of stdout so far, parsed; a line that is not JSON fails the test that reads it. */
  lines(): readonly LogLine[];
  /** Everything on stdout and stderr so far. */
  output(): string;
  stderr(): string;
  /** The address, once the service says that it listens. */
  listening(): Promise<string>;
  /** The exit code, null after a deadly signal; how long it took from the call. */
  exited(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

/** How to run a build. */
export interface ServiceProcessOptions {
  readonly directory: string;
  /** The whole environment: nothing of the test's own reaches the process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  readonly words?: readonly string[];
}

/** The key that test services accept. */
export const testKey = "a-key-for-tests-only-0001";

/** Starts `main.js` of a build with nothing but a Node binary; port 0 and the test key unless told otherwise. */
export function runService(options: ServiceProcessOptions): ServiceProcess {
  const words = [
    ...(options.nodeOptions ?? []),
    `${options.directory}/main.js`,
    ...(options.words ?? []),
  ];
  const child = runNode(words, {
    cwd: options.directory,
    env: { PORT: "0", SHORTLINE_API_KEYS: testKey, ...options.environment },
  });
  const stdoutLines: string[] = [];
  let errorText = "";
  createInterface({ input: child.stdout }).on("line", (line) => stdoutLines.push(line));
  child.stderr.on("data", (chunk: Buffer) => (errorText += chunk.toString()));
  const closed = once(child, "close");
  // Each line is one JSON object: the contract under test.
  const lines = () => stdoutLines.map((line) => JSON.parse(line) as LogLine);
  const output = () => `${stdoutLines.join("\n")}\n${errorText}`;
  return {
    pid: child.pid ?? -1,
    child,
    lines,
    output,
    stderr: () => errorText,
    listening: () =>
      eventually("the service listens", () => {
        if (child.exitCode !== null) throw new Error(`the service ended:\n${output()}`);
        const url = lines().find((line) => line["message"] === "listening")?.["url"];
        return typeof url === "string" ? url : undefined;
      }),
    exited: async () => {
      const startedMs = performance.now();
      await closed;
      return { code: child.exitCode, tookMs: performance.now() - startedMs };
    },
  };
}
