import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";

/** The file that is being written; rotated ones carry the time of their end in the name. */
export const LOG_FILE_NAME = "shortline.log";
const ROTATED_NAME = /^shortline-\d{8}T\d{9}Z-\d+\.log$/;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Lines are gathered for this long, or until there are this many bytes, before they are written. */
const FLUSH_AFTER_MS = 50;
const FLUSH_AT_BYTES = 64 * 1024;
const CHECK_AGE_EVERY_MS = 60_000;

export type LogFileBounds = {
  readonly directory: string;
  readonly maxSizeBytes: number;
  /** Kept files, the one being written included. */
  readonly maxFiles: number;
  readonly maxAgeDays: number;
  readonly now: () => Date;
};

/**
 * A stream of lines into files that stay within a size, a count and an age. A file
 * is also begun anew after a day, so that no line outlives `maxAgeDays` by more.
 * Two processes may write at once, as they do during a restart. A full disk drops
 * lines and says so when there is room again; it never stops the service.
 */
export class RotatingLogFile extends Writable {
  readonly #bounds: LogFileBounds;
  #descriptor: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #droppedLines = 0;
  #timer: NodeJS.Timeout | null = null;
  #ageCheckedAtMs = 0;

  /** Throws the operating system's error when the folder or the file cannot be written. */
  constructor(bounds: LogFileBounds) {
    super({ decodeStrings: true });
    this.#bounds = bounds;
    mkdirSync(bounds.directory, { recursive: true, mode: 0o750 });
    this.#descriptor = openLog(bounds.directory);
    deleteOutdated(bounds);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= FLUSH_AT_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS).unref();
    done();
  }

  override _final(done: () => void): void {
    this.#flush();
    closeSync(this.#descriptor);
    done();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#pending;
    const sizeBytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (lines.length === 0) return;
    try {
      this.#rotateWhenDue(sizeBytes);
      if (this.#droppedLines > 0) writeWhole(this.#descriptor, Buffer.from(this.#droppedNotice()));
      this.#droppedLines = 0;
      writeWhole(this.#descriptor, Buffer.concat(lines));
    } catch {
      this.#droppedLines += lines.length;
    }
  }

  #rotateWhenDue(comingBytes: number): void {
    const { directory, maxSizeBytes, now } = this.#bounds;
    const file = join(directory, LOG_FILE_NAME);
    const own = fstatSync(this.#descriptor);
    const named = statSync(file, { throwIfNoEntry: false });
    const isOwn = named !== undefined && named.ino === own.ino;
    const nowMs = now().getTime();
    // A file system that keeps no time of birth reports 0: its files are begun anew by size alone.
    const isOld = own.birthtimeMs > 0 && nowMs - own.birthtimeMs > DAY_MS;
    const isDue = own.size > 0 && (isOld || own.size + comingBytes > maxSizeBytes);
    if (isOwn && isDue) renameSync(file, join(directory, rotatedName(now())));
    if (!isOwn || isDue) {
      // The other process rotated, or somebody moved the file away: go on in the new one.
      const next = openLog(directory);
      closeSync(this.#descriptor);
      this.#descriptor = next;
    }
    if (isDue || nowMs - this.#ageCheckedAtMs > CHECK_AGE_EVERY_MS) {
      this.#ageCheckedAtMs = nowMs;
      deleteOutdated(this.#bounds);
    }
  }

  #droppedNotice(): string {
    const timestamp = this.#bounds.now().toISOString();
    const message = "log lines were dropped because they could not be written";
    return `${JSON.stringify({ level: "warn", message, droppedLines: this.#droppedLines, timestamp })}\n`;
  }
}

function openLog(directory: string): number {
  return openSync(join(directory, LOG_FILE_NAME), "a", 0o640);
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

function rotatedName(now: Date): string {
  return `shortline-${now.toISOString().replaceAll(/[-:.]/g, "")}-${process.pid}.log`;
}

function deleteOutdated(bounds: LogFileBounds): void {
  const rotated = readdirSync(bounds.directory)
    .filter((name) => ROTATED_NAME.test(name))
    .toSorted();
  const surplus = Math.max(0, rotated.length - (bounds.maxFiles - 1));
  const oldestMs = bounds.now().getTime() - bounds.maxAgeDays * DAY_MS;
  for (const [index, name] of rotated.entries()) {
    const file = join(bounds.directory, name);
    const modifiedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (index < surplus || modifiedMs < oldestMs) deleteIfThere(file);
  }
}

function deleteIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // The other process deleted it first.
  }
}
