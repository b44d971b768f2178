import { writeFileSync } from "node:fs";
import { mkdir, readFile, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import { withFileLock } from "./file-lock.ts";
import type { Git } from "./git.ts";
import { endLeftoverGroup } from "./leftover-group.ts";
import { processStart } from "./process-identity.ts";

/** Builds that run at once on one machine. */
const slotCount = 2;
const waitMs = 30 * 60_000;
const pollMs = 200;

export interface SlotOptions {
  readonly git: Git;
  readonly stateDirectory: string;
  readonly commit: string;
  /** Paths that `git clean` leaves in place. */
  readonly keep: readonly string[];
  readonly pid: number;
}

export interface BuildSlot {
  readonly directory: string;
  /** To be called with each process that works in the slot and leads a group of its own. */
  readonly onStarted: (pid: number) => void;
}

/**
 * Runs `work` in a git worktree of its own that holds exactly the commit's files and what `keep`
 * names. Slots are reused; one that a killed run left in any state is mended or made anew, after
 * what still works in it is ended.
 * @throws Failure `locked` when every slot is busy for half an hour
 */
export async function withBuildSlot<Value>(
  options: SlotOptions,
  work: (slot: BuildSlot) => Promise<Value>,
): Promise<Value> {
  const folder = join(options.stateDirectory, "slots");
  await mkdir(folder, { recursive: true });
  const deadline = performance.now() + waitMs;
  for (let turn = 0; ; turn += 1) {
    const name = String((turn % slotCount) + 1);
    const taken = await tryLock(join(folder, `${name}.lock`), options, async () => {
      const directory = join(folder, name);
      const record = join(folder, `${name}.process`);
      await endLeftovers(record, directory);
      await prepareSlot(options, directory);
      const value = await work({ directory, onStarted: (pid) => recordProcess(record, pid) });
      await rm(record, { force: true });
      return value;
    });
    if (taken !== null) return taken.value;
    if (performance.now() > deadline) throw allBusy(folder);
    if (name === String(slotCount)) await delay(pollMs);
  }
}

/** null: somebody else holds it. What `work` throws is thrown on, a `locked` of its own too. */
async function tryLock<Value>(
  file: string,
  options: SlotOptions,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value } | null> {
  const entered = { value: false };
  try {
    const lock = { file, purpose: `build ${options.commit}`, waitMs: 0, pid: options.pid };
    return await withFileLock(lock, async () => {
      entered.value = true;
      return { value: await work() };
    });
  } catch (error) {
    if (!entered.value && error instanceof Failure && error.code === "locked") return null;
    throw error;
  }
}

/** At once, for the caller may be killed in the next moment. */
function recordProcess(record: string, pid: number): void {
  writeFileSync(record, `${String(pid)} ${processStart(pid) ?? ""}\n`);
}

/** A killed run leaves its commands behind: two builds in one folder would mix their output. */
async function endLeftovers(record: string, directory: string): Promise<void> {
  const text = await readFile(record, "utf8").catch(() => "");
  const [, pid, start = ""] = /^([1-9]\d*) (\d*)\n$/.exec(text) ?? [];
  const real = await realpath(directory).catch(() => directory);
  const isGone =
    pid === undefined || (await endLeftoverGroup({ pid: Number(pid), processStart: start }, real));
  if (isGone) return rm(record, { force: true });
  throw new Failure({
    code: "locked",
    message: `Processes that a killed build left in ${directory} do not end.`,
    next: `End the process group ${pid}, then run the same command again.`,
  });
}

async function prepareSlot(options: SlotOptions, directory: string): Promise<void> {
  if (await isWorktree(options.git, directory)) {
    const reset = await resetSlot(options, directory).catch(() => false);
    if (reset) return;
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  // Twice: also over the registration that a killed `worktree add` left locked.
  const forced = ["--force", "--force", "--detach", directory, options.commit];
  await options.git.text([...withoutHooks, "worktree", "add", "--quiet", ...forced]);
}

const withoutHooks = ["-c", "core.hooksPath=/dev/null"];

async function isWorktree(git: Git, directory: string): Promise<boolean> {
  const real = await realpath(directory).catch(() => null);
  if (real === null) return false;
  const top = await git.in(real).attempt(["rev-parse", "--show-toplevel"]);
  // A broken slot answers with the repository around it.
  return top.code === 0 && top.stdout.toString().trim() === real;
}

async function resetSlot(options: SlotOptions, directory: string): Promise<boolean> {
  const slot = options.git.in(directory);
  const gitDirectory = await slot.text(["rev-parse", "--absolute-git-dir"]);
  // Nobody else works here: the slot's lock is ours, so git's own are left over from a kill.
  for (const name of ["index.lock", "HEAD.lock"])
    await rm(join(gitDirectory, name), { force: true });
  const kept = options.keep.flatMap((path) => ["--exclude", `/${path}`]);
  const clean = ["clean", "--quiet", "-ffdx", ...kept];
  await slot.text([...withoutHooks, "checkout", "--quiet", "--force", "--detach", options.commit]);
  await slot.text(clean);
  const status = await slot.lines(["status", "--porcelain", "--untracked-files=no"]);
  return status.length === 0 && (await slot.resolve("HEAD")) === options.commit;
}

function allBusy(folder: string): Failure {
  return new Failure({
    code: "locked",
    message: `All ${String(slotCount)} build slots in ${folder} are busy.`,
    next: "Wait until the other builds are done, then run the same command again.",
  });
}
