import { setTimeout as wait } from "node:timers/promises";
import type { ListenAddress } from "../config/site-config.ts";
import { askService, askVersion } from "./ask-service.ts";

const HEALTHY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
/** Good answers in a row, each on a new connection: during a switch two releases accept. */
const GOOD_ANSWERS = 5;

export type HealthQuestion = {
  readonly address: ListenAddress;
  readonly version: string;
};

/** Waits until the service is ready and is the expected release; gives the problem, or null. */
export async function waitUntilHealthy(question: HealthQuestion): Promise<string | null> {
  const deadline = performance.now() + HEALTHY_WITHIN_MS;
  for (let good = 0; good < GOOD_ANSWERS;) {
    const found = await findProblem(question);
    good = found === null ? good + 1 : 0;
    if (found === null) continue;
    if (performance.now() > deadline) return found;
    await wait(ASK_EVERY_MS);
  }
  return null;
}

async function findProblem({ address, version }: HealthQuestion): Promise<string | null> {
  const ready = await askService(address, "/readyz");
  if (ready === null) return "it does not answer";
  if (ready.status !== 200) return `/readyz says ${ready.status}: ${ready.body.slice(0, 500)}`;
  const answered = await askVersion(address);
  return answered === version
    ? null
    : `/version says ${answered ?? "nothing"} instead of ${version}`;
}
