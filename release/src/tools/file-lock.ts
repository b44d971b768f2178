import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import { isSameProcess, processStart } from "./process-identity.ts";

const pollMs = 25;

interface LockOwner {
  readonly pid: number;
  readonly processStart: string;
  readonly purpose: string;
}

/**
 * Runs `work` while holding a lock file on this machine. A lock whose owner died is taken over.
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
  };
  await writeFile(mine, JSON.stringify(owner));
  const deadline = performance.now() + options.waitMs;
  try {
    for (;;) {
      if (await takeLink(mine, options.file)) return () => rm(options.file, { force: true });
      const holder = await readOwner(options.file);
      if (holder !== null && !isSameProcess(holder)) {
        await removeStale(options.file, token);
        continue;
      }
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

async function readOwner(file: string): Promise<LockOwner | null> {
  try {
    const owner: unknown = JSON.parse(await readFile(file, "utf8"));
    return isOwner(owner) ? owner : null;
  } catch {
    return null;
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

/** Renaming first makes sure that only one of several finders removes this very lock. */
async function removeStale(file: string, token: string): Promise<void> {
  const aside = `${file}.stale-${token}`;
  try {
    await rename(file, aside);
    const moved = await readOwner(aside);
    if (moved !== null && isSameProcess(moved)) await link(aside, file).catch(() => undefined);
  } catch {
    return;
  } finally {
    await rm(aside, { force: true });
  }
}

function heldBy(file: string, holder: LockOwner | null): Failure {
  return new Failure({
    code: "locked",
    message: `${file} is held by process ${String(holder?.pid ?? "unknown")} (${holder?.purpose ?? "purpose unknown"}).`,
    next: "Wait until it is done, then run the same command again.",
  });
}
