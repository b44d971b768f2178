import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { SitePaths } from "../site/site-paths.ts";
import { CONTROL_FD, CONTROL_FD_VARIABLE } from "./inherited-descriptors.ts";

/** A child that has not said it is ready by then is taken for broken. */
const READY_WITHIN_MS = 30_000;
/** On top of drain_timeout_ms, before a stopping child is killed. */
const STOP_MARGIN_MS = 5_000;
const MAX_STDERR_CHARACTERS = 4_096;
const MAX_READY_CHARACTERS = 256;

export type ServeChild = {
  readonly pid: number;
  /** Resolves when the process has ended; says how. */
  readonly exited: Promise<string>;
  /** The version it serves once it accepts connections; rejected never, null when it does not get there. */
  ready(stopping: AbortSignal): Promise<string | null>;
  /** The end of what it wrote to stderr. */
  lastWords(): string;
  /** Lets it finish the requests under way, then ends it. */
  stop(drainTimeoutMs: number): Promise<void>;
};

export type ServeChildRequest = {
  readonly paths: SitePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The inherited socket to accept on, or a path of its own to listen on. */
  readonly listen: { readonly fd: number } | { readonly path: string };
  /** Runs as this user and group; null runs as the caller. */
  readonly as: { readonly uid: number; readonly gid: number } | null;
  readonly writeErr: (text: string) => void;
};

/**
 * Starts `serve` of the current release on an inherited listening socket. The child
 * also inherits one end of a socket pair: it says on it that it is ready, and its end
 * of file tells it that the supervisor is gone.
 */
export function startServeChild(request: ServeChildRequest): ServeChild {
  const launcher = join(request.paths.currentLink, "app", "shortlinectl");
  const { LISTEN_PID: _pid, LISTEN_FDS: _fds, ...env } = request.env;
  const { listen } = request;
  const own = "path" in listen ? ["--listen", `unix:${listen.path}`] : [];
  const child = spawn(launcher, ["serve", "--prefix", request.paths.prefix, ...own], {
    stdio: ["ignore", "ignore", "pipe", "fd" in listen ? listen.fd : "ignore", "pipe"],
    env: {
      ...env,
      ...("fd" in listen ? { LISTEN_FDS: "1" } : {}),
      [CONTROL_FD_VARIABLE]: String(CONTROL_FD),
    },
    ...request.as,
  });
  // With stdio "pipe" both are there, and a pipe is a socket pair: it can be read.
  const [stderr, control] = [child.stderr, child.stdio[CONTROL_FD] as Duplex | undefined];
  let words = "";
  stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-MAX_STDERR_CHARACTERS);
    request.writeErr(text);
  });
  control?.on("error", () => {
    // The child ended; `exited` tells.
  });
  const exited = describeExit(child);
  const said = readReadyLine(control);
  return {
    pid: child.pid ?? 0,
    exited,
    ready: async (stopping) => {
      const version = await firstOf([said, exited.then(() => null)], stopping);
      if (version === null) child.kill("SIGKILL");
      return version;
    },
    lastWords: () => words.trim(),
    stop: async (drainTimeoutMs) => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), drainTimeoutMs + STOP_MARGIN_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function describeExit(child: ChildProcess): Promise<string> {
  try {
    // The array is the event's (code, signal).
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return `it could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Resolves with the version of `ready VERSION`, or never. */
function readReadyLine(control: Duplex | undefined): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    control?.setEncoding("utf8").on("data", (piece: string) => {
      text = (text + piece).slice(0, MAX_READY_CHARACTERS);
      const version = /^ready (\S+)\n/.exec(text)?.[1];
      if (version !== undefined) resolve(version);
    });
  });
}

async function firstOf(
  candidates: readonly Promise<string | null>[],
  stopping: AbortSignal,
): Promise<string | null> {
  const settled = new AbortController();
  const signal = AbortSignal.any([stopping, settled.signal]);
  const timeUp = wait(READY_WITHIN_MS, null, { signal }).catch(() => null);
  try {
    return await Promise.race([...candidates, timeUp]);
  } finally {
    settled.abort();
  }
}
