import { link, readFile, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import { isSameProcess, processStart } from "./process-identity.ts";

const pollMs = 25;

interface LockOwner {
  readonly pid: number;
  readonly processStart: string;
  readonly purpose: string;
  /** Tells this taking of the lock from every other one. */
  readonly token?: string;
}

/** "damaged": whoever wrote it lost it to a power cut, for a lock appears whole. */
type Holder = LockOwner | "damaged" | "gone" | "unreadable";

/**
 * Runs `work` while holding a lock file on this machine. A lock whose owner died is taken over,
 * and so is one that is damaged.
 * @throws Failure `locked` when another process holds it for the whole waiting time
 */
export async function withFileLock<Value>(
  options: {
    readonly file: string;
    readonly purpose: string;
    readonly waitMs: number;
    readonly pid: number;
  },
  work: () => Promise<Value>,
): Promise<Value> {
  const release = await acquire(options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(options: {
  readonly file: string;
  readonly purpose: string;
  readonly waitMs: number;
  readonly pid: number;
}): Promise<() => Promise<void>> {
  const token = randomUUID();
  const mine = `${options.file}.${token}`;
  const owner: LockOwner = {
    pid: options.pid,
    processStart: processStart(options.pid) ?? "",
    purpose: options.purpose,
    token,
  };
  const deadline = performance.now() + options.waitMs;
  try {
    await writeFile(mine, JSON.stringify(owner), { flush: true });
    for (;;) {
      if (await takeLink(mine, options.file)) return () => releaseOwn(options.file, token);
      const holder = await readHolder(options.file);
      if (isStale(holder) && (await removeStale(options.file))) continue;
      if (performance.now() > deadline) throw heldBy(options.file, holder);
      await delay(pollMs);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function takeLink(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function releaseOwn(file: string, token: string): Promise<void> {
  const holder = await readHolder(file);
  if (typeof holder === "object" && holder.token === token) await rm(file, { force: true });
}

async function readHolder(file: string): Promise<Holder> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT"
      ? "gone"
      : "unreadable";
  }
  try {
    const owner: unknown = JSON.parse(text);
    return isOwner(owner) ? owner : "damaged";
  } catch {
    return "damaged";
  }
}

function isOwner(value: unknown): value is LockOwner {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "processStart" in value &&
    typeof value.processStart === "string"
  );
}

function isStale(holder: Holder): boolean {
  return holder === "damaged" || (typeof holder === "object" && !isSameProcess(holder));
}

/**
 * One process at a time looks again and removes, so that what goes is never a lock that another
 * finder took meanwhile.
 * @returns false when another process is at it
 */
async function removeStale(file: string): Promise<boolean> {
  // Loaded when it is needed: hardly ever.
  const { tryKernelLock } = await import("./kernel-lock.ts");
  const free = await tryKernelLock("stale-lock", file);
  if (free === "held") return false;
  if (free === "unsupported") throw leftBehind(file);
  try {
    if (isStale(await readHolder(file))) await rm(file, { force: true });
    return true;
  } finally {
    free();
  }
}

function heldBy(file: string, holder: Holder): Failure {
  const { pid, purpose } =
    typeof holder === "object" ? holder : { pid: "unknown", purpose: "purpose unknown" };
  return new Failure({
    code: "locked",
    message: `${file} is held by process ${String(pid)} (${purpose}).`,
    next: "Wait until it is done, then run the same command again.",
  });
}

function leftBehind(file: string): Failure {
  return new Failure({
    code: "locked",
    message: `${file} was left behind by a process that is gone.`,
    next: `See that no other trunkline runs, \`rm ${file}\`, and run the same command again.`,
  });
}
