import { readFileSync } from "node:fs";

/**
 * When a process started, in the kernel's own unit, so that a reused pid is not
 * taken for the process that had it before. Empty where /proc is not there;
 * null when no such process lives.
 */
export function processStart(pid: number): string | null {
  if (!isAlive(pid)) return null;
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? "");
  } catch {
    return "";
  }
}

/** Does the process that was recorded with this pid and start still live? */
export function isSameProcess(recorded: {
  readonly pid: number;
  readonly processStart: string;
}): boolean {
  return processStart(recorded.pid) === recorded.processStart;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
