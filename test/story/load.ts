import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startProcess } from "../../release/src/tools/run-command.ts";
import { StoryError } from "./story-error.ts";
import type { World } from "./world.ts";

const loadReport = z.object({
  requests: z.number(),
  failed: z.number(),
  redirected: z.number(),
  wrongLocation: z.number(),
  lastWrongAtMs: z.number(),
  firstFailure: z.string(),
  perSecond: z.number(),
  latencyP99Ms: z.number(),
  latencyMaxMs: z.number(),
});

export type LoadReport = z.output<typeof loadReport>;

export interface RunningLoad {
  /** Ends the load, after at least five seconds of it, and returns what the generator counted. */
  stop(): Promise<LoadReport>;
}

/** A switch must be well inside the load, and the rate is an average over it. */
const leastDurationMs = 5000;
const pollMs = 20;
const startDeadlineMs = 15_000;

/** Starts the load generator as a process of its own and waits until it sends. */
export async function startLoad(
  world: World,
  target: { readonly name: string; readonly url: string; readonly location: string },
): Promise<RunningLoad> {
  const file = join(world.options.workDirectory, `load-${target.name}.log`);
  const handle = await open(file, "w");
  const child = await startProcess({
    command: process.execPath,
    args: [
      join(import.meta.dirname, "load/main.ts"),
      target.url,
      target.location,
      String(world.options.requestsPerSecond),
    ],
    cwd: world.options.workDirectory,
    env: world.env,
    stdio: { logFile: handle.fd },
    detached: false,
  });
  await handle.close();
  world.children.add(child);
  await waitForText(file, "started");
  const startedMs = performance.now();
  return {
    stop: async () => {
      await delay(Math.max(0, startedMs + leastDurationMs - performance.now()));
      child.kill("SIGTERM");
      await child.exited;
      world.children.delete(child);
      return parseReport(await readFile(file, "utf8"));
    },
  };
}

async function waitForText(file: string, text: string): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  while (!(await readFile(file, "utf8")).includes(text)) {
    if (performance.now() > deadline)
      throw new StoryError(`The load generator did not start; see ${file}`);
    await delay(pollMs);
  }
}

function parseReport(text: string): LoadReport {
  const line = text.trim().split("\n").at(-1) ?? "";
  try {
    return loadReport.parse(JSON.parse(line));
  } catch (error) {
    throw new StoryError(
      `The load generator did not report: ${text.slice(-500)} (${String(error)})`,
    );
  }
}
