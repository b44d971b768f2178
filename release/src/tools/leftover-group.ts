import { readdir, readFile, readlink } from "node:fs/promises";
import { sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isSameProcess } from "./process-identity.ts";

const endMs = 10_000;
const pollMs = 20;

export interface ProcessRecord {
  readonly pid: number;
  readonly processStart: string;
}

/**
 * Kills the process group that a recorded process led, if it is still that one: its leader lives,
 * or one of its members works inside `directory`. Waits until nothing of it runs any more.
 * @returns false when something of it outlives ten seconds
 */
export async function endLeftoverGroup(leader: ProcessRecord, directory: string): Promise<boolean> {
  const isLeader = leader.processStart !== "" && isSameProcess(leader);
  const deadline = performance.now() + endMs;
  for (;;) {
    const members = await groupMembers(leader.pid);
    const isOurs = isLeader || (await worksInside(members, directory));
    if (members.length === 0 || !isOurs) return true;
    if (performance.now() > deadline) return false;
    for (const pid of members) kill(pid);
    await delay(pollMs);
  }
}

/** Without the dead that nobody has asked after yet. */
async function groupMembers(group: number): Promise<readonly number[]> {
  const members: number[] = [];
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (processGroup === String(group) && state !== "Z" && state !== "X")
      members.push(Number(name));
  }
  return members;
}

async function worksInside(members: readonly number[], directory: string): Promise<boolean> {
  for (const pid of members) {
    const place = await readlink(`/proc/${String(pid)}/cwd`).catch(() => "");
    if (place === directory || place.startsWith(`${directory}${sep}`)) return true;
  }
  return false;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself; one of another user shows up as outliving the deadline.
  }
}
