import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "../../release/src/tools/process-identity.ts";

/** Every process of a story carries this variable, with the story's working folder. */
export const storyMark = "SHORTLINE_STORY";

const goneDeadlineMs = 10_000;
const pollMs = 20;

/** Ends what a killed story left running in this working folder, and waits until it is gone. */
export async function endLeftovers(workDirectory: string): Promise<void> {
  const mark = `${storyMark}=${workDirectory}`;
  const deadline = performance.now() + goneDeadlineMs;
  for (
    let left = await markedProcesses(mark);
    left.length > 0;
    left = await markedProcesses(mark)
  ) {
    if (performance.now() > deadline) return;
    for (const pid of left) endProcess(pid);
    await delay(pollMs);
  }
}

/** Empty where there is no /proc. */
async function markedProcesses(mark: string): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
  const marked = await Promise.all(
    pids.map(async (pid) => ((await isMarked(pid, mark)) ? [pid] : [])),
  );
  return marked.flat();
}

async function isMarked(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${String(pid)}/environ`, "utf8").catch(() => "");
  return environment.split("\0").includes(mark) && processStart(pid) !== null;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in between.
  }
}
