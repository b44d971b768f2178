import { Failure } from "../failure.ts";
import {
  describeHolder,
  newLockRecord,
  parseLockRecord,
  whyStale,
} from "./environment-lock-record.ts";
import type { LockRecord } from "./environment-lock-record.ts";
import type { Git } from "./git.ts";
import { publishRef, readRemoteRef } from "./remote-ref.ts";

/** A lock that is not renewed is free after this time; renewed every third of it. */
const lockLeaseMs = 60_000;
const maxAttempts = 5;

export interface EnvironmentLockOptions {
  readonly git: Git;
  readonly remote: string;
  readonly environment: string;
  readonly purpose: string;
  readonly pid: number;
  readonly now: () => Date;
  readonly tell: (line: string) => void;
}

/** A held lock; it renews itself until it is released. */
export interface EnvironmentLock {
  /** @throws Failure `locked` when somebody else took it over meanwhile */
  ensureHeld(): void;
  release(): Promise<void>;
}

/** The ref on the remote that holds an environment's lock. */
function environmentLockRef(environment: string): string {
  return `refs/trunkline/locks/${environment}`;
}

/**
 * Takes an environment's lock: one ref on the remote, so that it holds across clones and machines.
 * A lock whose owner is gone, or that was not renewed in time, is taken over, and that is told.
 * @throws Failure `locked` naming who holds it since when
 */
export async function acquireEnvironmentLock(
  options: EnvironmentLockOptions,
): Promise<EnvironmentLock> {
  const { git, remote } = options;
  const owner = (await git.text(["var", "GIT_AUTHOR_IDENT"])).replace(/ \d+ [+-]\d{4}$/, "");
  const ref = environmentLockRef(options.environment);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const before = await readRemoteRef(git, remote, ref);
    const told = before === null ? null : await takeOverReason(options, before);
    const record = newLockRecord({
      owner,
      pid: options.pid,
      purpose: options.purpose,
      now: options.now(),
      leaseMs: lockLeaseMs,
    });
    const after = await writeRecord(git, record);
    if (!(await publishRef(git, { remote, ref, before, after }))) continue;
    if (told !== null) options.tell(told);
    return holdLock({ ...options, ref }, { record, object: after });
  }
  throw new Failure({
    code: "locked",
    message: `The lock of ${options.environment} changed hands under every one of ${String(maxAttempts)} attempts to take it.`,
    next: "Wait a moment, then run the same command again.",
  });
}

/** What to tell when the lock is taken over. @throws Failure `locked` while it is held */
async function takeOverReason(options: EnvironmentLockOptions, object: string): Promise<string> {
  const record = parseLockRecord(
    await options.git.text(["show", "--no-patch", "--format=%B", object]),
  );
  const { environment } = options;
  if (record === null) {
    throw new Failure({
      code: "locked",
      message: `${environment} is locked by ${object}, which this Trunkline cannot read.`,
      next: `Look at it with \`git show ${object}\`; when nobody works there, delete ${environmentLockRef(environment)} on ${options.remote}.`,
    });
  }
  const stale = whyStale(record, options.now());
  const who = `${describeHolder(record)} since ${record.acquiredAt} to ${record.purpose}`;
  if (stale !== null) return `took over the lock of ${environment}, held by ${who}: ${stale}`;
  throw new Failure({
    code: "locked",
    message: `${environment} is locked by ${who}.`,
    next: "Wait until that is done, then run the same command again; a lock whose owner is gone is taken over.",
  });
}

interface HeldState {
  readonly record: LockRecord;
  readonly object: string;
}

function holdLock(
  options: EnvironmentLockOptions & { readonly ref: string },
  first: HeldState,
): EnvironmentLock {
  let held = first;
  let lost = false;
  let working: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    if (lost) return;
    const record = { ...held.record, renewedAt: options.now().toISOString() };
    const object = await writeRecord(options.git, record);
    const swapped = await publishRef(options.git, {
      remote: options.remote,
      ref: options.ref,
      before: held.object,
      after: object,
    });
    if (swapped || (await readRemoteRef(options.git, options.remote, options.ref)) === object) {
      held = { record, object };
      return;
    }
    lost = true;
  };
  const timer = setInterval(() => {
    // A remote that cannot be reached now may be back at the next turn; the lease says how long that may take.
    working = working.then(renew).catch(() => undefined);
  }, lockLeaseMs / 3);
  timer.unref();
  return {
    ensureHeld: () => {
      const expired = whyStale(held.record, options.now());
      if (!lost && expired === null) return;
      throw lostLock(options.environment, expired);
    },
    release: async () => {
      clearInterval(timer);
      await working;
      if (lost) return;
      const swap = { remote: options.remote, ref: options.ref, before: held.object, after: null };
      await publishRef(options.git, swap);
    },
  };
}

function lostLock(environment: string, expired: string | null): Failure {
  return new Failure({
    code: "locked",
    message: `The lock of ${environment} was lost while working: ${expired ?? "somebody else took it over"}.`,
    next: "See `trunkline status`, then run the same command again; it continues.",
  });
}

async function writeRecord(git: Git, record: LockRecord): Promise<string> {
  const emptyTree = await git.text(["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" });
  const message = `${JSON.stringify(record, null, 2)}\n`;
  return git.text(["commit-tree", emptyTree, "-F", "-"], { input: message });
}
