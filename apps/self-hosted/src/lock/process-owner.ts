import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * One process among all that ever ran: a pid alone is reused, a pid with its start
 * time (clock ticks since boot) and the boot's id is not.
 */
export type ProcessOwner = {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
  readonly host: string;
};

/** The identity of the calling process. */
export function currentOwner(): ProcessOwner {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? "unknown",
    bootId: readBootId(),
    host: hostname(),
  };
}

/** Whether the owner still runs; `unknown` when it lives on another host. */
export function ownerState(owner: ProcessOwner): "alive" | "gone" | "unknown" {
  if (owner.host !== hostname()) return "unknown";
  if (owner.bootId !== readBootId()) return "gone";
  return startTicksOf(owner.pid) === owner.startTicks ? "alive" : "gone";
}

function startTicksOf(pid: number): string | null {
  const fields = readStatFields(pid);
  // Fields counted from the state: 0 is the state, 19 the start time. A zombie has ended.
  if (fields === null || fields[0] === "Z" || fields[0] === "X") return null;
  return fields[19] ?? null;
}

function readStatFields(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and parentheses: the fields begin after the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}
