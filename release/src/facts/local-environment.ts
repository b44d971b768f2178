import { environmentValue } from "../tools/environment-value.ts";
import { readState } from "../local-environment/environment-files.ts";
import { connectSupervisor } from "../local-environment/supervisor-client.ts";
import type { Supervisor } from "../local-environment/supervisor-client.ts";
import { Failure } from "../failure.ts";

/** A build in a local environment, as its supervisor knows it. */
export interface LocalBuild {
  readonly deployment: string;
  readonly commit: string;
  readonly digest: string;
  /** Its process runs and listens. */
  readonly live: boolean;
  /** Loopback port of its worker; 0 while none runs. */
  readonly port: number;
}

/** What an environment on this machine does now, or did when it was stopped. */
export interface LocalEnvironment {
  /** null: it does not run; the rest is what it would take up again. */
  readonly supervisor: Supervisor | null;
  readonly serving: LocalBuild | null;
  readonly previous: LocalBuild | null;
  readonly candidates: readonly LocalBuild[];
}

/** @throws Failure `supervisor-failed` when it runs and does not answer, or its state is damaged */
export async function readLocalEnvironment(directory: string): Promise<LocalEnvironment> {
  const supervisor = await connectSupervisor({ directory });
  if (supervisor === null) return readStopped(directory);
  const status = environmentValue(await supervisor.status());
  return {
    supervisor,
    serving: status.serving === null ? null : toBuild(status.serving),
    previous: status.previous === null ? null : toBuild(status.previous),
    candidates: status.candidates.map(toBuild),
  };
}

function toBuild(worker: {
  readonly deployment: string;
  readonly commit: string;
  readonly digest: string;
  readonly condition: string;
  readonly port: number;
}): LocalBuild {
  const { deployment, commit, digest, condition, port } = worker;
  return { deployment, commit, digest, live: condition === "live", port };
}

async function readStopped(directory: string): Promise<LocalEnvironment> {
  const state = await readState(directory).catch((error: unknown) => {
    throw new Failure({
      code: "supervisor-failed",
      message: `The state of ${directory} cannot be read.`,
      next: "Repair state.json there, or move it away and deploy again.",
      cause: error,
    });
  });
  const known = (worker: typeof state.serving): LocalBuild | null => {
    if (worker === null) return null;
    const { deployment, commit, digest } = worker;
    return { deployment, commit, digest, live: false, port: 0 };
  };
  return {
    supervisor: null,
    serving: known(state.serving),
    previous: known(state.previous),
    candidates: [],
  };
}
