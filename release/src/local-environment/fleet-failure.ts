import type { EnvironmentFailure } from "./environment-failure.ts";
import type { ManagedWorker } from "./managed-worker.ts";

export const closing: EnvironmentFailure = {
  code: "shutting-down",
  message: "The supervisor is shutting down.",
  next: "Start the environment again, then repeat the order.",
};

export function unknown(deployment: string): EnvironmentFailure {
  return {
    code: "deployment-unknown",
    message: `There is no worker for ${deployment}.`,
    next: "Start it first; the status lists what is there.",
  };
}

export function notLive(worker: ManagedWorker): EnvironmentFailure {
  return {
    code: "deployment-not-live",
    message: `The worker of ${worker.spec.deployment} is ${worker.condition}: it cannot serve now.`,
    next: "Read its log; start it again, or wait if it is restarting.",
  };
}
