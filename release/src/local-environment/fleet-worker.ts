import type { WorkerRecord } from "./environment-files.ts";
import type { ManagedWorker, WorkerCondition } from "./managed-worker.ts";

/** A worker as the status shows it: without its env, which may hold secrets. */
export interface FleetWorker extends Omit<WorkerRecord, "env" | "processStart"> {
  readonly condition: WorkerCondition;
  readonly restarts: number;
}

/** The status of one worker; pid and port are 0 while no process runs. */
export function describeWorker(worker: ManagedWorker): FleetWorker {
  const { deployment, commit, digest, directory, command, pid, port } = worker.record();
  const { condition, restarts } = worker;
  return { deployment, commit, digest, directory, command, pid, port, condition, restarts };
}
