import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { frontBounds, workerBounds } from "./environment-bounds.ts";
import { failed, success } from "./environment-failure.ts";
import type { Outcome } from "./environment-failure.ts";
import type { WorkerRecord, WorkerSpec } from "./environment-files.ts";
import { findFreePort } from "./free-port.ts";
import { launchWorker } from "./launch-worker.ts";
import type { RunningWorker } from "./launch-worker.ts";
import { signalGroup } from "./process-group.ts";
import { restartPauseMs } from "./restart-pause.ts";
import type { ServingTarget } from "./serving-gate.ts";
import { WorkerLog } from "./worker-log.ts";

/**
 * `exited`: ended and not to be restarted; `given-up`: ended too often; `stopped`: on purpose.
 */
export type WorkerCondition =
  | "starting"
  | "live"
  | "restarting"
  | "exited"
  | "given-up"
  | "stopped";

export interface WorkerHost {
  readonly logFolder: string;
  readonly hostEnv: Readonly<Record<string, string>>;
  readonly deathSignalTool: readonly string[];
  readonly takenPorts: Set<number>;
  /** Called after each change of condition or process. */
  readonly changed: () => void;
  readonly say: (line: string) => void;
}

/** One build's worker: at most one process at a time, started again when it dies if `keepAlive` is set. */
export class ManagedWorker {
  readonly spec: WorkerSpec;
  /** True once the build serves or is the warm previous one. */
  keepAlive = false;
  condition: WorkerCondition = "starting";
  restarts = 0;
  readonly #host: WorkerHost;
  readonly #log: WorkerLog;
  #running: RunningWorker | null = null;
  #pool: Pool | null = null;
  #target: ServingTarget | null = null;
  #inFlight = 0;
  #endedAtMs: number[] = [];
  #launching: Promise<unknown> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(spec: WorkerSpec, host: WorkerHost) {
    this.spec = spec;
    this.#host = host;
    this.#log = new WorkerLog({
      folder: host.logFolder,
      deployment: spec.deployment,
      env: host.hostEnv,
    });
  }

  /** Where requests go; null while it is not live. */
  get target(): ServingTarget | null {
    return this.condition === "live" ? this.#target : null;
  }

  get running(): RunningWorker | null {
    return this.#running;
  }

  record(): WorkerRecord {
    const { pid = 0, processStart = "", port = 0 } = this.#running ?? {};
    return { ...this.spec, pid, processStart, port };
  }

  /** First start: a failure is the caller's to tell. */
  async start(listenMs: number): Promise<Outcome<RunningWorker>> {
    this.#become("starting");
    const launched = await this.#launch(listenMs);
    if (!launched.ok && !this.#stopping.signal.aborted) this.#become("exited");
    return launched;
  }

  /** Starts it and goes on trying, within the bounds of the restart policy. */
  async revive(): Promise<void> {
    this.keepAlive = true;
    this.#endedAtMs = [];
    this.#become("restarting");
    const launched = await this.#launch(workerBounds.listenMs);
    if (!launched.ok) await this.#restart(launched.failure.message);
  }

  /** Waits for requests in flight (bounded), then SIGTERM, then SIGKILL. Every step may be asked for twice. */
  async stop(options: { drainMs: number }): Promise<void> {
    const running = this.#running;
    this.#stopping.abort();
    const deadline = performance.now() + options.drainMs;
    while (this.#inFlight > 0 && performance.now() < deadline) await delay(10);
    this.#become("stopped");
    const pool = this.#pool;
    this.#pool = null;
    if (running !== null && signalGroup(running.pid, "SIGTERM")) {
      const ended = await Promise.race([
        running.exited,
        delay(workerBounds.terminateMs, null, { ref: false }),
      ]);
      if (ended === null) {
        signalGroup(running.pid, "SIGKILL");
        await running.exited;
      }
    }
    await this.#launching;
    await pool?.destroy();
    await this.#log.close();
  }

  #launch(listenMs: number): Promise<Outcome<RunningWorker>> {
    const launching = this.#launchOnce(listenMs);
    this.#launching = launching;
    return launching;
  }

  async #launchOnce(listenMs: number): Promise<Outcome<RunningWorker>> {
    const port = await findFreePort(this.#host.takenPorts);
    if (port === null) return noPort;
    if (this.#stopping.signal.aborted) return stoppedMeanwhile(this.spec);
    this.#host.takenPorts.add(port);
    const launched = await launchWorker({
      spec: this.spec,
      port,
      log: this.#log,
      hostEnv: this.#host.hostEnv,
      deathSignalTool: this.#host.deathSignalTool,
      listenMs,
      onStarted: (worker) => {
        this.#running = worker;
        // A stop that came while the process was being made has not seen it.
        if (this.#stopping.signal.aborted) signalGroup(worker.pid, "SIGKILL");
        this.#host.changed();
      },
    });
    if (!launched.ok) {
      this.#host.takenPorts.delete(port);
      this.#running = null;
      return launched;
    }
    if (this.#stopping.signal.aborted) return stoppedMeanwhile(this.spec);
    this.#openTarget(launched.value);
    void launched.value.exited.then((how) => this.#ended(launched.value, how));
    this.#become("live");
    return success(launched.value);
  }

  #openTarget(worker: RunningWorker): void {
    this.#pool = new Pool(`http://127.0.0.1:${String(worker.port)}`, {
      connections: frontBounds.requestsInFlight,
      pipelining: 1,
      headersTimeout: frontBounds.workerHeadersMs,
      bodyTimeout: frontBounds.workerBodyIdleMs,
      connectTimeout: frontBounds.workerConnectMs,
      allowH2: false,
    });
    this.#target = {
      dispatcher: this.#pool,
      begin: () => {
        this.#inFlight += 1;
      },
      end: () => {
        this.#inFlight -= 1;
      },
    };
  }

  async #ended(worker: RunningWorker, how: string): Promise<void> {
    this.#host.takenPorts.delete(worker.port);
    this.#running = null;
    const pool = this.#pool;
    if (this.#stopping.signal.aborted) return;
    this.#pool = null;
    if (this.keepAlive) this.#become("restarting");
    else this.#become("exited");
    // Gently: an answer that the worker gave before it ended may still be in a socket.
    void pool?.close();
    if (this.keepAlive) await this.#restart(how);
    else this.#host.say(`candidate ${this.spec.deployment} ended: ${how}`);
  }

  async #restart(reason: string): Promise<void> {
    let why = reason;
    while (!this.#stopping.signal.aborted) {
      this.#endedAtMs = [...this.#endedAtMs, Date.now()].slice(-workerBounds.restartsInWindow - 1);
      const pauseMs = restartPauseMs(this.#endedAtMs, Date.now());
      if (pauseMs === null) {
        this.#host.say(
          `worker ${this.spec.deployment} ended too often and is given up; last: ${why}`,
        );
        this.#become("given-up");
        return;
      }
      this.#host.say(
        `worker ${this.spec.deployment} ended (${why}); it starts again in ${String(pauseMs)} ms`,
      );
      if (this.condition !== "restarting") this.#become("restarting");
      await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      this.restarts += 1;
      const launched = await this.#launch(workerBounds.listenMs);
      if (launched.ok) return;
      why = launched.failure.message;
    }
  }

  #become(condition: WorkerCondition): void {
    this.condition = condition;
    this.#host.changed();
  }
}

const noPort = failed({
  code: "worker-not-started",
  message: `No loopback port between ${String(workerBounds.firstPort)} and ${String(workerBounds.lastPort)} is free.`,
  next: "Stop programs that hold these ports.",
});

function stoppedMeanwhile(spec: WorkerSpec): Outcome<never> {
  return failed({
    code: "worker-exited",
    message: `The worker of ${spec.deployment} was stopped while it started.`,
    next: "Start it again when it is wanted.",
  });
}
