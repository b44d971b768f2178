import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { isSameProcess, processStart } from "./process-identity.ts";

const lockRecordSchema = z.object({
  schemaVersion: z.literal(1),
  /** `Name <email>` of git's author identity. */
  owner: z.string(),
  host: z.string(),
  /** Of this start of the machine: pids mean nothing across a reboot. */
  boot: z.string(),
  pid: z.int().positive(),
  processStart: z.string(),
  purpose: z.string(),
  acquiredAt: z.iso.datetime(),
  renewedAt: z.iso.datetime(),
  /** Counted from `renewedAt` by the reader's clock; after it anybody may take the lock over. */
  leaseMs: z.int().positive(),
});

/** Who holds an environment, as the lock's commit says it. */
export type LockRecord = Readonly<z.output<typeof lockRecordSchema>>;

export function newLockRecord(options: {
  readonly owner: string;
  readonly pid: number;
  readonly purpose: string;
  readonly now: Date;
  readonly leaseMs: number;
}): LockRecord {
  const at = options.now.toISOString();
  return {
    schemaVersion: 1,
    owner: options.owner,
    host: hostname(),
    boot: bootId(),
    pid: options.pid,
    processStart: processStart(options.pid) ?? "",
    purpose: options.purpose,
    acquiredAt: at,
    renewedAt: at,
    leaseMs: options.leaseMs,
  };
}

/** null: it is not a lock's record. */
export function parseLockRecord(text: string): LockRecord | null {
  try {
    return lockRecordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Why the lock may be taken over, or null while it is held. */
export function whyStale(record: LockRecord, now: Date): string | null {
  if (record.host === hostname()) {
    if (record.boot !== bootId()) return "the machine was restarted since";
    if (!isSameProcess(record)) return "its process is gone";
  }
  const expiredMs = now.getTime() - Date.parse(record.renewedAt) - record.leaseMs;
  return expiredMs > 0 ? "its lease ran out" : null;
}

/** `Ada <ada@example.com> (process 42 on host-1)` */
export function describeHolder(record: LockRecord): string {
  return `${record.owner} (process ${String(record.pid)} on ${record.host})`;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
