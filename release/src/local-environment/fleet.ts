import { workerBounds } from "./environment-bounds.ts";
import { failed, success } from "./environment-failure.ts";
import type { Outcome } from "./environment-failure.ts";
import { writeState } from "./environment-files.ts";
import type { EnvironmentState, WorkerSpec } from "./environment-files.ts";
import { closing, notLive, unknown } from "./fleet-failure.ts";
import { describeWorker } from "./fleet-worker.ts";
import type { FleetWorker } from "./fleet-worker.ts";
import { ManagedWorker } from "./managed-worker.ts";
import type { WorkerHost } from "./managed-worker.ts";
import { killOrphans } from "./process-group.ts";
import { isSameBuild } from "./same-build.ts";
import type { ServingGate } from "./serving-gate.ts";
import { removeOldLogs } from "./worker-log.ts";

export interface SwitchReport {
  /** null when nothing served before. */
  readonly from: string | null;
  readonly to: string;
  /** From the order to the moment from which requests go to the new build. */
  readonly durationMs: number;
}

export interface FleetOptions {
  readonly directory: string;
  readonly gate: ServingGate;
  readonly host: Omit<WorkerHost, "changed" | "takenPorts">;
}

/** All workers of one environment: the serving one, the warm previous one, candidates. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #candidates = new Map<string, ManagedWorker>();
  readonly #takenPorts = new Set<number>();
  readonly #retiring = new Map<ManagedWorker, Promise<void>>();
  #serving: ManagedWorker | null = null;
  #previous: ManagedWorker | null = null;
  #starting = new Map<string, Promise<Outcome<{ pid: number; port: number }>>>();
  /** Orders that move the pointer run one after another. */
  #orders: Promise<unknown> = Promise.resolve();
  #recordOrdered = false;
  #closed = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /**
   * Takes up what `state.json` says, after killing workers that outlived an earlier supervisor.
   * Settles when both builds are live or given up; orders are taken before that.
   */
  async restore(state: EnvironmentState): Promise<void> {
    await this.#order(async () => {
      const recorded = [state.serving, state.previous, ...state.processes];
      await killOrphans(recorded.filter((one) => one !== null));
      this.#serving = state.serving === null ? null : this.#worker(state.serving);
      this.#previous = state.previous === null ? null : this.#worker(state.previous);
      await this.#removeOldLogs();
    });
    await Promise.all([this.#serving?.revive(), this.#previous?.revive()]);
  }

  /** Starting a build that is already there and alive answers with what is there: an order may be repeated. */
  start(spec: WorkerSpec, listenMs: number): Promise<Outcome<{ pid: number; port: number }>> {
    const known = this.#find(spec.deployment);
    if (this.#closed) return Promise.resolve(failed(closing));
    if (known !== null && !isSameBuild(known.spec, spec)) {
      return Promise.resolve(
        failed({
          code: "deployment-exists",
          message: `A different build is already there as ${spec.deployment}.`,
          next: "Use another deployment name, or stop that one first.",
        }),
      );
    }
    const running = this.#starting.get(spec.deployment);
    if (running !== undefined) return running;
    const starting = this.#start(spec, known, listenMs).finally(() =>
      this.#starting.delete(spec.deployment),
    );
    this.#starting.set(spec.deployment, starting);
    return starting;
  }

  switchTo(deployment: string): Promise<Outcome<SwitchReport>> {
    const orderedMs = performance.now();
    return this.#order(() => this.#switch(deployment, orderedMs));
  }

  async stop(deployment: string): Promise<Outcome<{ stopped: string }>> {
    const taken = await this.#order(() => Promise.resolve(this.#take(deployment)));
    if (!taken.ok) return taken;
    // Not a part of the order: a switch does not wait until a worker has ended.
    await this.#retire(taken.value);
    return success({ stopped: deployment });
  }

  status(): {
    serving: FleetWorker | null;
    previous: FleetWorker | null;
    candidates: FleetWorker[];
    restarts: number;
  } {
    const all = this.#all();
    return {
      serving: this.#serving === null ? null : describeWorker(this.#serving),
      previous: this.#previous === null ? null : describeWorker(this.#previous),
      candidates: [...this.#candidates.values()].map(describeWorker),
      restarts: all.reduce((sum, worker) => sum + worker.restarts, 0),
    };
  }

  /** Stops every worker; `state.json` keeps what served, for the next supervisor. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([
      ...this.#all().map((worker) => worker.stop({ drainMs: 0 })),
      ...this.#retiring.values(),
    ]);
    await this.#orders;
  }

  async #start(
    spec: WorkerSpec,
    known: ManagedWorker | null,
    listenMs: number,
  ): Promise<Outcome<{ pid: number; port: number }>> {
    if (known?.condition === "live" && known.running !== null) return success(known.running);
    if (known !== null && known.keepAlive) {
      if (known.condition === "given-up") await known.revive();
      return known.running === null ? failed(notLive(known)) : success(known.running);
    }
    if (known !== null) await this.#retire(known);
    if (
      this.#candidates.size >= workerBounds.candidates &&
      !this.#candidates.has(spec.deployment)
    ) {
      return failed({
        code: "too-many-candidates",
        message: `${String(workerBounds.candidates)} candidates are there already.`,
        next: `Stop one that is not wanted: ${[...this.#candidates.keys()].join(", ")}.`,
      });
    }
    const worker = this.#worker(spec);
    this.#candidates.set(spec.deployment, worker);
    const started = await worker.start(listenMs);
    if (started.ok) return success({ pid: started.value.pid, port: started.value.port });
    this.#candidates.delete(spec.deployment);
    await this.#retire(worker);
    return started;
  }

  #take(deployment: string): Outcome<ManagedWorker> {
    const worker = this.#find(deployment);
    if (worker === null) return failed(unknown(deployment));
    if (worker === this.#serving) {
      return failed({
        code: "deployment-serving",
        message: `${deployment} serves: it is not stopped.`,
        next: "Switch to another deployment first, or shut the environment down.",
      });
    }
    if (worker === this.#previous) this.#previous = null;
    this.#candidates.delete(deployment);
    return success(worker);
  }

  async #switch(deployment: string, orderedMs: number): Promise<Outcome<SwitchReport>> {
    const next = this.#find(deployment);
    if (next === null) return failed(unknown(deployment));
    const from = this.#serving;
    const report = (): SwitchReport => ({
      from: from?.spec.deployment ?? null,
      to: deployment,
      durationMs: performance.now() - orderedMs,
    });
    if (next === from) return success(report());
    if (next.target === null) return failed(notLive(next));
    const kept = next.keepAlive;
    next.keepAlive = true;
    // What is answered is on disk before: a supervisor that is killed now comes back with the new build.
    try {
      await writeState(this.#options.directory, {
        ...this.#state(),
        serving: next.record(),
        previous: from?.record() ?? null,
      });
    } catch (error) {
      next.keepAlive = kept;
      return failed({
        code: "state-unusable",
        message: `The switch was not made, its record could not be written: ${String(error)}.`,
        next: "Make room or correct the permissions in the environment's directory, then switch again.",
      });
    }
    const retired = this.#previous;
    this.#candidates.delete(deployment);
    this.#serving = next;
    this.#previous = from;
    this.#changed();
    const done = report();
    if (retired !== null && retired !== next) void this.#retire(retired);
    return success(done);
  }

  #worker(record: WorkerSpec): ManagedWorker {
    const { deployment, commit, digest, directory, command, env } = record;
    return new ManagedWorker(
      { deployment, commit, digest, directory, command, env },
      {
        ...this.#options.host,
        takenPorts: this.#takenPorts,
        changed: () => {
          this.#changed();
        },
      },
    );
  }

  /** After any change: where requests go, and what a later supervisor must know. */
  #changed(): void {
    const { gate } = this.#options;
    if (this.#serving?.condition === "given-up") gate.giveUp();
    else if (gate.target !== (this.#serving?.target ?? null))
      gate.point(this.#serving?.target ?? null);
    if (this.#recordOrdered) return;
    this.#recordOrdered = true;
    void this.#order(() => {
      this.#recordOrdered = false;
      return this.#record();
    });
  }

  /** Best effort: serving goes on with a full disk; the next change writes it all again. */
  async #record(): Promise<void> {
    try {
      await writeState(this.#options.directory, this.#state());
    } catch (error) {
      this.#options.host.say(`state.json could not be written: ${String(error)}`);
    }
  }

  #state(): EnvironmentState {
    const processes = [...this.#all(), ...this.#retiring.keys()].flatMap(({ running }) =>
      running === null ? [] : [{ pid: running.pid, processStart: running.processStart }],
    );
    return {
      schemaVersion: 1,
      serving: this.#serving?.record() ?? null,
      previous: this.#previous?.record() ?? null,
      processes,
    };
  }

  #retire(worker: ManagedWorker): Promise<void> {
    const retiring = this.#stopRetired(worker);
    this.#retiring.set(worker, retiring);
    return retiring;
  }

  async #stopRetired(worker: ManagedWorker): Promise<void> {
    try {
      await worker.stop({ drainMs: workerBounds.drainMs });
    } finally {
      this.#retiring.delete(worker);
    }
    await this.#removeOldLogs();
  }

  async #removeOldLogs(): Promise<void> {
    const inUse = [...this.#all(), ...this.#retiring.keys()];
    const deployments = new Set(inUse.map(({ spec }) => spec.deployment));
    await removeOldLogs(this.#options.host.logFolder, deployments);
  }

  #order<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#orders.then(work);
    this.#orders = done.catch(() => undefined);
    return done;
  }

  #find(deployment: string): ManagedWorker | null {
    return this.#all().find((worker) => worker.spec.deployment === deployment) ?? null;
  }

  #all(): ManagedWorker[] {
    return [this.#serving, this.#previous, ...this.#candidates.values()].filter(
      (worker) => worker !== null,
    );
  }
}
