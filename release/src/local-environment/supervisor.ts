import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isSameProcess, processStart } from "../tools/process-identity.ts";
import { startControlServer } from "./control-server.ts";
import { frontBounds, supervisorBounds, workerBounds } from "./environment-bounds.ts";
import { systemCode } from "./environment-failure.ts";
import type { EnvironmentFailureCode } from "./environment-failure.ts";
import {
  environmentPaths,
  readState,
  removeSupervisorRecord,
  writeSupervisorRecord,
} from "./environment-files.ts";
import type { EnvironmentState } from "./environment-files.ts";
import { lockEnvironment } from "./environment-lock.ts";
import { findDeathSignalTool } from "./find-death-signal-tool.ts";
import { Fleet } from "./fleet.ts";
import { FrontProxy } from "./front-proxy.ts";
import { ServingGate } from "./serving-gate.ts";
import { removeLeftPipes } from "./worker-log.ts";

export interface SupervisorOptions {
  readonly directory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly ownerPid: number | null;
  readonly pid: number;
  /** PATH and HOME for the workers. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the supervisor in an orderly way. */
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** How a supervisor ended; `held`: another one has this directory. */
export type SupervisorEnd =
  | "done"
  | "held"
  | Extract<
      EnvironmentFailureCode,
      "address-unusable" | "platform-unsupported" | "port-occupied" | "state-unusable"
    >;

/** The exit code that tells the starting client how the supervisor ended. */
export const supervisorExitCodes = {
  done: 0,
  held: 10,
  "port-occupied": 11,
  "address-unusable": 12,
  "state-unusable": 13,
  "platform-unsupported": 14,
} as const satisfies Record<SupervisorEnd, number>;

/** Holds the environment until it is told to stop or its owner is gone. */
export async function runSupervisor(options: SupervisorOptions): Promise<SupervisorEnd> {
  const ownStart = processStart(options.pid);
  const unlock = await lockEnvironment(options.directory);
  if (unlock === "held") return "held";
  if (unlock === "unsupported" || ownStart === null || ownStart === "")
    return "platform-unsupported";
  const state = await readState(options.directory).catch((error: unknown) => {
    options.say(`state.json cannot be used: ${String(error)}`);
    return null;
  });
  if (state === null) return "state-unusable";
  const gate = new ServingGate(frontBounds.requestsWaiting);
  const front = new FrontProxy(gate, frontBounds);
  const address = await listen(front, options);
  if (typeof address === "string") return address;
  await serve({ options, ownStart, state, gate, front, address });
  unlock();
  return "done";
}

async function listen(
  front: FrontProxy,
  options: SupervisorOptions,
): Promise<{ host: string; port: number } | "port-occupied" | "address-unusable"> {
  try {
    return await front.listen(options);
  } catch (error) {
    options.say(`cannot listen on ${options.host}:${String(options.port)}: ${String(error)}`);
    return systemCode(error) === "EADDRINUSE" ? "port-occupied" : "address-unusable";
  }
}

interface Parts {
  readonly options: SupervisorOptions;
  readonly ownStart: string;
  readonly state: EnvironmentState;
  readonly gate: ServingGate;
  readonly front: FrontProxy;
  readonly address: { readonly host: string; readonly port: number };
}

async function serve(parts: Parts): Promise<void> {
  const { options, gate, front, address } = parts;
  const logFolder = environmentPaths(options.directory).logs;
  await removeLeftPipes(logFolder);
  const deathSignalTool = await findDeathSignalTool(options.env);
  const fleet = new Fleet({
    directory: options.directory,
    gate,
    host: { logFolder, hostEnv: options.env, deathSignalTool, say: options.say },
  });
  const told = new AbortController();
  const phase: { now: "restoring" | "running" | "draining" } = { now: "restoring" };
  const token = randomBytes(32).toString("hex");
  const control = await startControlServer({
    token,
    orders: {
      start: (spec, listenMs) => fleet.start(spec, listenMs),
      switch: (deployment) => fleet.switchTo(deployment),
      stop: (deployment) => fleet.stop(deployment),
      status: () => ({
        phase: phase.now,
        pid: options.pid,
        publicHost: address.host,
        publicPort: address.port,
        ...fleet.status(),
        ...front.status(),
      }),
      shutdown: () => {
        phase.now = "draining";
        told.abort();
      },
    },
  });
  const restored = fleet.restore(parts.state).then(() => {
    if (phase.now === "restoring") phase.now = "running";
  });
  await writeSupervisorRecord(options.directory, {
    schemaVersion: 1,
    pid: options.pid,
    processStart: parts.ownStart,
    controlPort: control.port,
    token,
    publicHost: address.host,
    publicPort: address.port,
  });
  await untilTold(options, told.signal);
  phase.now = "draining";
  await front.close({ drainMs: workerBounds.drainMs });
  await fleet.close();
  await restored;
  await removeSupervisorRecord(options.directory);
  control.server.close();
  control.server.closeAllConnections();
}

/** Until someone orders it, a signal comes, or the owner's process is gone. */
async function untilTold(options: SupervisorOptions, told: AbortSignal): Promise<void> {
  const stop = AbortSignal.any([told, options.stop]);
  const { ownerPid } = options;
  const ownerStart = ownerPid === null ? null : processStart(ownerPid);
  while (!stop.aborted) {
    if (
      ownerPid !== null &&
      (ownerStart === null || !isSameProcess({ pid: ownerPid, processStart: ownerStart }))
    ) {
      options.say(`the owner, process ${String(ownerPid)}, is gone`);
      return;
    }
    await delay(supervisorBounds.ownerPollMs, undefined, { signal: stop }).catch(() => undefined);
  }
}
