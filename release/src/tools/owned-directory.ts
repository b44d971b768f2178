import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isSameProcess, processStart } from "./process-identity.ts";

export interface OwnedDirectoryOptions {
  /** Where such directories lie. */
  readonly folder: string;
  /** The process that owns it: when it is gone, anybody removes the directory. */
  readonly pid: number;
  /** Undoes what a directory needs undone besides its removal. */
  readonly afterRemoval?: (directory: string) => Promise<void>;
}

const prefix = "trunkline";

/**
 * Runs `work` with the path of a directory that is not there yet, and removes it afterwards.
 * Directories that killed processes left behind are removed first.
 */
export async function withOwnedDirectory<Value>(
  options: OwnedDirectoryOptions,
  work: (directory: string) => Promise<Value>,
): Promise<Value> {
  await mkdir(options.folder, { recursive: true });
  await removeAbandoned(options);
  const start = processStart(options.pid) ?? "";
  const name = [prefix, String(options.pid), start, randomUUID().slice(0, 8)].join("-");
  const directory = join(options.folder, name);
  try {
    return await work(directory);
  } finally {
    await remove(directory, options);
  }
}

async function removeAbandoned(options: OwnedDirectoryOptions): Promise<void> {
  for (const name of await readdir(options.folder)) {
    const [owner, pid, start] = name.split("-");
    if (owner !== prefix || pid === undefined || start === undefined) continue;
    if (isSameProcess({ pid: Number(pid), processStart: start })) continue;
    await remove(join(options.folder, name), options);
  }
}

async function remove(directory: string, options: OwnedDirectoryOptions): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  await options.afterRemoval?.(directory);
}
