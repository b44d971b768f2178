import { closeSync, constants, openSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { keepNewest } from "../tools/keep-newest.ts";
import { startProcess } from "../tools/run-command.ts";
import { workerBounds } from "./environment-bounds.ts";

export interface LogPipe {
  /** Give it to the worker as stdout and stderr, then call `started`. */
  readonly writeEnd: number;
  started(): void;
  /** Settles when every writer closed the pipe and what it held is in the file. */
  readonly drained: Promise<void>;
  close(): void;
}

/**
 * The log of one deployment: `<deployment>.log` and, when that is full, `<deployment>.log.1`; two files of a
 * bounded size. Workers write into a pipe, so that no worker can fill the disk and a slow disk slows it down.
 * When the disk refuses a piece, that piece is lost and the worker goes on.
 */
export class WorkerLog {
  readonly #folder: string;
  readonly #file: string;
  readonly #env: Readonly<Record<string, string>>;
  #handle: FileHandle | null = null;
  #sizeBytes = 0;
  #tail = Buffer.alloc(0);
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    folder: string;
    deployment: string;
    env: Readonly<Record<string, string>>;
  }) {
    this.#folder = options.folder;
    this.#file = join(options.folder, `${options.deployment}.log`);
    this.#env = options.env;
  }

  /** The end of what the workers of this deployment printed. */
  tail(): string {
    return this.#tail.toString("utf8");
  }

  /** @throws when the folder does not take a named pipe */
  async openPipe(): Promise<LogPipe> {
    await mkdir(this.#folder, { recursive: true });
    const fifo = join(this.#folder, `.${randomUUID()}.pipe`);
    const maker = await startProcess({
      command: "mkfifo",
      args: ["-m", "600", fifo],
      cwd: this.#folder,
      env: this.#env,
      stdio: "ignore",
      detached: false,
    });
    const { code } = await maker.exited;
    if (code !== 0) throw new Error(`mkfifo could not make a pipe in ${this.#folder}`);
    // The read end comes first and does not block; the write end then has its reader.
    const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(fifo, constants.O_WRONLY);
    await rm(fifo, { force: true });
    return this.#follow(readEnd, writeEnd);
  }

  #follow(readEnd: number, writeEnd: number): LogPipe {
    const source = new Socket({ fd: readEnd, readable: true, writable: false });
    const drained = new Promise<void>((resolve) => {
      source.on("error", () => source.destroy());
      source.on("close", () => {
        void this.#writing.then(resolve);
      });
    });
    source.on("data", (piece: Buffer) => {
      source.pause();
      this.#writing = this.#writing
        .then(() => this.#append(piece))
        .catch(() => this.#forget())
        .then(() => {
          source.resume();
        });
    });
    return {
      writeEnd,
      started: () => {
        closeSync(writeEnd);
      },
      drained,
      close: () => source.destroy(),
    };
  }

  async #append(piece: Buffer): Promise<void> {
    const tail = Buffer.concat([this.#tail, piece.subarray(-workerBounds.logTailBytes)]);
    this.#tail = Buffer.from(tail.subarray(-workerBounds.logTailBytes));
    if (this.#handle === null) await this.#open();
    if (this.#sizeBytes + piece.length > workerBounds.logSizeBytes) {
      await this.#forget();
      await rename(this.#file, `${this.#file}.1`);
      await this.#open();
    }
    await this.#handle?.appendFile(piece);
    this.#sizeBytes += piece.length;
  }

  async #open(): Promise<void> {
    this.#handle = await open(this.#file, "a", 0o600);
    this.#sizeBytes = (await this.#handle.stat()).size;
  }

  async #forget(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#forget();
  }
}

/** Removes the logs of all but the newest deployments, never one of those in use. */
export async function removeOldLogs(folder: string, inUse: ReadonlySet<string>): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".log"));
  if (names.length <= workerBounds.logDeployments) return;
  await keepNewest({
    folder,
    pattern: /\.log$/,
    count: workerBounds.logDeployments,
    except: new Set([...inUse].map((deployment) => `${deployment}.log`)),
  });
  // What an older log was moved to goes with it.
  const left: readonly string[] = await readdir(folder).catch(() => []);
  const removed = names.filter((name) => !left.includes(name));
  for (const name of removed)
    await rm(join(folder, `${name}.1`), { force: true }).catch(() => undefined);
}

/** Pipes that a killed supervisor left. No worker may be starting. */
export async function removeLeftPipes(folder: string): Promise<void> {
  await keepNewest({ folder, pattern: /\.pipe$/, count: 0 });
}
