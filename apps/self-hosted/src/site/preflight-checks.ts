import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { BoundSocket } from "node:net";
import { dirname } from "node:path";
import type { ListenAddress } from "../config/site-config.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { describeBindError } from "../service/held-socket.ts";

/** Room that must be left over after an operation. */
const SPARE_BYTES = 64 * 1024 * 1024;
const BYTES_PER_MIB = 1024 * 1024;

/** Checks that every directory can be written, or made where it is not there yet. Changes nothing. */
export function checkWritable(directories: readonly string[]): SiteResult<null> {
  for (const directory of directories) {
    const existing = nearestExisting(directory);
    try {
      accessSync(existing, constants.W_OK | constants.X_OK);
    } catch {
      const next = "Run the command as root, or choose a --prefix that this user may write to.";
      return failed("not-writable", `This user may not write to ${existing}.`, next);
    }
  }
  return done(null);
}

export type SpaceNeed = { readonly directory: string; readonly sizeBytes: number };
export type ReadFreeBytes = (directory: string) => number;

/** Checks that the file system of each directory has room for what goes there, and some to spare. */
export function checkSpace(
  needs: readonly SpaceNeed[],
  readFreeBytes: ReadFreeBytes = freeBytesOf,
): SiteResult<null> {
  // Two directories may share a file system: each must have room for all of it.
  const neededBytes = needs.reduce((sum, need) => sum + need.sizeBytes, SPARE_BYTES);
  for (const { directory } of needs) {
    const freeBytes = readFreeBytes(nearestExisting(directory));
    if (freeBytes >= neededBytes) continue;
    const missing = toMib(neededBytes - freeBytes);
    return failed(
      "disk-full",
      `${directory} has ${toMib(freeBytes)} MiB free and needs ${toMib(neededBytes)} MiB.`,
      `Free ${missing} MiB on that file system, then run the command again.`,
    );
  }
  return done(null);
}

/** Checks that nobody else listens on the address. Only for a service that does not run. */
export function checkAddressFree(listen: ListenAddress): SiteResult<null> {
  if ("path" in listen) {
    const directory = dirname(listen.path);
    if (existsSync(directory)) return done(null);
    return failed(
      "listen-refused",
      `The folder ${directory} of the socket is not there.`,
      `Make it: mkdir -p ${directory}`,
    );
  }
  try {
    new BoundSocket(listen).close();
    return done(null);
  } catch (error) {
    return describeBindError(error, listen);
  }
}

function nearestExisting(directory: string): string {
  let at = directory;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function toMib(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BYTES_PER_MIB);
}
