import type { CommandContext } from "../cli/command.ts";
import { describeSystemError } from "../failure/describe-system-error.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { acquireSiteLock } from "../lock/site-lock.ts";
import type { LockHolder } from "../lock/site-lock.ts";
import { checkPrivateDirectories } from "../site/check-private-directories.ts";

/** Runs something while no other command may change the site; says when a dead one's lock is taken over. */
export async function withChangeLock<Value>(
  context: CommandContext,
  purpose: string,
  run: () => Promise<SiteResult<Value>>,
): Promise<SiteResult<Value>> {
  const lock = acquireSiteLock({
    file: context.paths.lockFile,
    name: "change",
    purpose,
    now: context.ambient.now,
  });
  if (!lock.ok) return lock;
  if (lock.value.takenOverFrom !== null) context.say(describeTakeOver(lock.value.takenOverFrom));
  try {
    const trusted = checkPrivateDirectories(context.paths);
    return trusted.ok ? await run() : trusted;
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `finish ${purpose}`) };
  } finally {
    lock.value.release();
  }
}

function describeTakeOver({ purpose, owner, since }: LockHolder): string {
  return `Taking over the lock of ${purpose} (pid ${owner.pid} on ${owner.host}, since ${since}), which runs no more.`;
}
