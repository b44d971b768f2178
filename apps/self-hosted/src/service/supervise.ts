import { setTimeout as wait } from "node:timers/promises";
import type { Ambient } from "../cli/ambient.ts";
import type { SiteConfig } from "../config/site-config.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { currentOwner } from "../lock/process-owner.ts";
import { acquireSiteLock } from "../lock/site-lock.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { formatUrl } from "./format-url.ts";
import { holdSocket } from "./held-socket.ts";
import type { HeldSocket } from "./held-socket.ts";
import { startServeChild } from "./serve-child.ts";
import type { ServeChild } from "./serve-child.ts";
import { createEventQueue } from "./supervisor-events.ts";
import type { EventQueue } from "./supervisor-events.ts";
import { removeSupervisorStatus, writeSupervisorStatus } from "./supervisor-status.ts";

const FIRST_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 10_000;
/** Crashes in a row, none of them after a minute of service, before the supervisor gives up. */
const MAX_CRASHES_IN_A_ROW = 50;
const STEADY_AFTER_MS = 60_000;

export type SuperviseRequest = {
  readonly paths: SitePaths;
  readonly config: SiteConfig;
  readonly ambient: Ambient;
  readonly log: (message: string) => void;
  /** Called once, when the first child accepts connections. */
  readonly onServing: (url: string, version: string) => void;
};

/**
 * Holds the listening socket of a site without systemd and keeps the current release
 * serving on it: SIGHUP starts the new current release beside the old one and then lets
 * the old one finish; a child that dies is started again; SIGTERM ends everything.
 */
export async function supervise(request: SuperviseRequest): Promise<SiteResult<null>> {
  const { paths, ambient } = request;
  const lock = acquireSiteLock({
    file: paths.lockFile,
    name: "supervise",
    purpose: "shortlinectl supervise",
    now: ambient.now,
  });
  if (!lock.ok) return alreadySupervised(lock);
  const { takenOverFrom } = lock.value;
  if (takenOverFrom !== null) {
    request.log(
      `taking over from the supervisor with pid ${takenOverFrom.owner.pid}, which is gone`,
    );
  }
  const socket = await holdSocket(request.config.listen);
  if (!socket.ok) {
    lock.value.release();
    return socket;
  }
  try {
    return await superviseOn(socket.value, request);
  } finally {
    removeSupervisorStatus(paths);
    socket.value.close();
    lock.value.release();
  }
}

function alreadySupervised(lock: SiteResult<unknown>): SiteResult<never> {
  if (lock.ok || lock.failure.code !== "locked")
    throw new Error("asked about a lock that was taken");
  const next = "Use that one: shortlinectl status shows it; kill -TERM ends it.";
  return failed("already-supervised", lock.failure.message, next);
}

type Supervision = SuperviseRequest & {
  readonly socket: HeldSocket;
  readonly events: EventQueue;
  serving: {
    readonly child: ServeChild;
    readonly version: string;
    readonly sinceMs: number;
  } | null;
  crashes: number;
  reloads: number;
  reloadFailure: string | null;
};

async function superviseOn(
  socket: HeldSocket,
  request: SuperviseRequest,
): Promise<SiteResult<null>> {
  const events = createEventQueue();
  request.ambient.onSignal("SIGTERM", events.stop);
  request.ambient.onSignal("SIGINT", events.stop);
  request.ambient.onSignal("SIGHUP", events.reload);
  const state: Supervision = {
    ...request,
    socket,
    events,
    serving: null,
    crashes: 0,
    reloads: 0,
    reloadFailure: null,
  };
  const problem = await startCurrent(state);
  if (problem !== null) {
    return state.events.stopping.aborted
      ? done(null)
      : gaveUp(`the service did not start: ${problem}`);
  }
  publish(state);
  request.onServing(formatUrl(socket.address), state.serving?.version ?? "unknown");
  const result = await handleEvents(state);
  await state.serving?.child.stop(request.config.drainTimeoutMs);
  return result;
}

async function handleEvents(state: Supervision): Promise<SiteResult<null>> {
  for (;;) {
    const event = await state.events.next();
    if (event.kind === "stop") {
      state.log("stopping: requests under way are finished first");
      return done(null);
    }
    if (event.kind === "reload") await reload(state);
    if (event.kind === "child-ended" && event.pid === state.serving?.child.pid) {
      const problem = await restart(state, event.how);
      if (problem !== null) return gaveUp(problem);
    }
    publish(state);
  }
}

/** Starts the current release; on success it is the one that serves. Returns the problem, or null. */
async function startCurrent(state: Supervision): Promise<string | null> {
  const child = startServeChild({
    paths: state.paths,
    env: state.ambient.env,
    listen: { fd: state.socket.fd },
    as: null,
    writeErr: state.ambient.writeErr,
  });
  const version = await child.ready(state.events.stopping);
  if (version === null) {
    const how = await child.exited;
    return child.lastWords() === "" ? how : `${how}: ${child.lastWords()}`;
  }
  state.serving = { child, version, sinceMs: performance.now() };
  void child.exited.then((how) => state.events.childEnded(child.pid, how));
  state.log(`release ${version} serves ${formatUrl(state.socket.address)} (pid ${child.pid})`);
  return null;
}

async function reload(state: Supervision): Promise<void> {
  const old = state.serving;
  const problem = await startCurrent(state);
  if (problem === null) await old?.child.stop(state.config.drainTimeoutMs);
  else state.log(`the reload failed, ${old?.version ?? "nothing"} goes on serving: ${problem}`);
  state.reloads += 1;
  state.reloadFailure = problem;
}

async function restart(state: Supervision, how: string): Promise<string | null> {
  const servedMs = performance.now() - (state.serving?.sinceMs ?? 0);
  state.crashes = servedMs > STEADY_AFTER_MS ? 1 : state.crashes + 1;
  state.serving = null;
  publish(state);
  let problem: string | null = how;
  while (problem !== null && !state.events.stopping.aborted) {
    if (state.crashes > MAX_CRASHES_IN_A_ROW)
      return `the service ended ${state.crashes} times: ${problem}`;
    const delayMs = Math.min(
      MAX_RESTART_DELAY_MS,
      FIRST_RESTART_DELAY_MS * 2 ** (state.crashes - 1),
    );
    state.log(`the service ended (${problem}); starting it again in ${delayMs} ms`);
    await wait(delayMs, null, { signal: state.events.stopping }).catch(() => null);
    if (state.events.stopping.aborted) break;
    problem = await startCurrent(state);
    if (problem !== null) state.crashes += 1;
  }
  return null;
}

function publish(state: Supervision): void {
  try {
    writeSupervisorStatus(state.paths, {
      schemaVersion: 1,
      owner: currentOwner(),
      address: state.socket.address,
      serving:
        state.serving === null
          ? null
          : { pid: state.serving.child.pid, version: state.serving.version },
      reloads: state.reloads,
      reloadFailure: state.reloadFailure,
    });
  } catch (error) {
    // A full disk must not end the service: the status is older than the truth until it has room.
    state.log(
      `the status file could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function gaveUp(problem: string): SiteResult<never> {
  return failed(
    "service-gave-up",
    `The supervisor ends, because ${problem}`,
    "Put right what it says, look at the log files, then start supervise again.",
  );
}
