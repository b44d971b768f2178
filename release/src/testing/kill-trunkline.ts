import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess } from "../tools/run-command.ts";
import { trunklineProgram } from "./test-repository.ts";
import type { TestRepository } from "./test-repository.ts";

export type KillMoment =
  | { readonly afterMs: number }
  /** As soon as the journal says that a step of this kind has begun, or is done. */
  | { readonly step: string; readonly state: "begun" | "done" };

const deadlineMs = 60_000;
const pollMs = 2;

/**
 * Starts the real command line and kills it with SIGKILL at a moment.
 * @returns false when it had ended before
 */
export async function killTrunkline(
  repository: TestRepository,
  args: readonly string[],
  moment: KillMoment,
): Promise<boolean> {
  const journal = join(repository.directory, ".git", "trunkline", "journal");
  const known = new Set(await readdir(journal).catch(() => []));
  const child = await startProcess({
    command: process.execPath,
    args: [trunklineProgram, ...args],
    cwd: repository.directory,
    env: repository.env,
    stdio: "ignore",
    detached: true,
  });
  const ended = child.exited.then(() => "ended" as const);
  const waited = "afterMs" in moment ? delay(moment.afterMs) : journalSays(journal, known, moment);
  const first = await Promise.race([ended, waited]);
  child.kill("SIGKILL");
  await child.exited;
  return first !== "ended";
}

async function journalSays(
  folder: string,
  known: ReadonlySet<string>,
  moment: { readonly step: string; readonly state: string },
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    for (const file of await readdir(folder).catch(() => [])) {
      if (known.has(file)) continue;
      const text = await readFile(join(folder, file), "utf8");
      const wanted = `"step":"${moment.step}"`;
      const says = text
        .split("\n")
        .some((line) => line.includes(wanted) && line.includes(`"state":"${moment.state}"`));
      if (says) return;
    }
    await delay(pollMs);
  }
}
