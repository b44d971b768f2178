import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { currentOwner, ownerState } from "./process-owner.ts";
import type { ProcessOwner } from "./process-owner.ts";

/** A holder on another host counts as gone when its lease was not renewed for this long. */
export const LEASE_MS = 60_000;
const RENEW_EVERY_MS = 10_000;
const BUSY_TIMEOUT_MS = 5_000;

export type LockHolder = {
  readonly owner: ProcessOwner;
  readonly purpose: string;
  readonly since: string;
  readonly leaseUntil: string;
};

export type SiteLock = {
  /** The dead holder whose lock was taken over, when there was one. */
  readonly takenOverFrom: LockHolder | null;
  release(): void;
};

export type LockRequest = {
  readonly file: string;
  /** Which lock: `change` for verbs that change the site, `supervise` for the supervisor. */
  readonly name: "change" | "supervise";
  readonly purpose: string;
  readonly now: () => Date;
};

/**
 * Takes a lock of the site or says who holds it. SQLite decides between two takers,
 * so a stale lock is never taken over twice. A holder that no longer runs loses the
 * lock at once; one on another host when its lease ends.
 */
export function acquireSiteLock(request: LockRequest): SiteResult<SiteLock> {
  const token = randomUUID();
  let database: DatabaseSync;
  let previous: Taken;
  try {
    database = openLocks(request.file);
    previous = takeRow(database, request, token);
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `take the lock ${request.file}`) };
  }
  if (previous !== null && "heldBy" in previous) {
    database.close();
    const holder = previous.heldBy;
    return failed(
      "locked",
      `${holder.purpose} is running (pid ${holder.owner.pid} on ${holder.owner.host}, since ${holder.since}).`,
      "Wait until it ends, then run the command again.",
    );
  }
  const renewal = setInterval(() => renewRow(database, request, token), RENEW_EVERY_MS);
  renewal.unref();
  return done({
    takenOverFrom: previous?.takenOver ?? null,
    release: () => {
      clearInterval(renewal);
      deleteRow(database, request, token);
    },
  });
}

/** Who holds a lock now, or null; changes nothing. */
export function readLockHolder(file: string, name: LockRequest["name"]): LockHolder | null {
  try {
    using database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    return readRow(database, name);
  } catch {
    // No lock was ever taken at this site, or its file cannot be read by this user.
    return null;
  }
}

function openLocks(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  database.exec(
    "CREATE TABLE IF NOT EXISTS locks (name TEXT PRIMARY KEY, token TEXT, holder TEXT)",
  );
  return database;
}

type Taken = { readonly heldBy: LockHolder } | { readonly takenOver: LockHolder } | null;

function takeRow(database: DatabaseSync, request: LockRequest, token: string): Taken {
  database.exec("BEGIN IMMEDIATE");
  try {
    const holder = readRow(database, request.name);
    if (holder !== null && isHeld(holder, request.now())) {
      database.exec("ROLLBACK");
      return { heldBy: holder };
    }
    writeRow(database, request, token);
    database.exec("COMMIT");
    return holder === null ? null : { takenOver: holder };
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function isHeld(holder: LockHolder, now: Date): boolean {
  const state = ownerState(holder.owner);
  if (state !== "unknown") return state === "alive";
  return new Date(holder.leaseUntil) > now;
}

function writeRow(database: DatabaseSync, request: LockRequest, token: string): void {
  const now = request.now();
  const holder: LockHolder = {
    owner: currentOwner(),
    purpose: request.purpose,
    since: now.toISOString(),
    leaseUntil: new Date(now.getTime() + LEASE_MS).toISOString(),
  };
  database
    .prepare("INSERT OR REPLACE INTO locks (name, token, holder) VALUES (?, ?, ?)")
    .run(request.name, token, JSON.stringify(holder));
}

function renewRow(database: DatabaseSync, request: LockRequest, token: string): void {
  const leaseUntil = new Date(request.now().getTime() + LEASE_MS).toISOString();
  const sql =
    "UPDATE locks SET holder = json_set(holder, '$.leaseUntil', ?) WHERE name = ? AND token = ?";
  try {
    database.prepare(sql).run(leaseUntil, request.name, token);
  } catch {
    // A busy or full disk: the next renewal comes well before the lease ends.
  }
}

function deleteRow(database: DatabaseSync, request: LockRequest, token: string): void {
  try {
    database.prepare("DELETE FROM locks WHERE name = ? AND token = ?").run(request.name, token);
  } catch {
    // A busy or full disk: what was done is done, and a lock whose holder has ended is taken over.
  } finally {
    database.close();
  }
}

function readRow(database: DatabaseSync, name: string): LockHolder | null {
  const row = database.prepare("SELECT holder FROM locks WHERE name = ?").get(name);
  if (row === undefined || typeof row["holder"] !== "string") return null;
  // Only writeRow writes this column, inside the same release line.
  return JSON.parse(row["holder"]) as LockHolder;
}
