import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Supervisor } from "../local-environment/supervisor-client.ts";
import { fillTemplate } from "../policy/template.ts";
import { environmentValue, lastLines } from "../tools/environment-value.ts";
import type { Candidate } from "./check-candidate.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { buildContentFolder } from "./make-build.ts";

export interface StartedCandidate extends Candidate {
  readonly supervisor: Supervisor;
}

/** A deployment's unpacked build; `directory` is where it was unpacked. */
export interface CandidateBuild {
  readonly deployment: string;
  readonly commit: string;
  readonly digest: string;
  readonly directory: string;
}

/**
 * Starts an unpacked build beside the one that serves. Candidates that a killed run left are
 * stopped first; the caller holds the environment's lock.
 * @throws Failure `candidate-unhealthy` with the end of its log
 */
export async function startCandidate(
  target: DeployTarget,
  build: CandidateBuild,
): Promise<StartedCandidate> {
  const { policy, context, directory } = target;
  const { supervisor } = await target.look();
  if (supervisor === null) throw new Error("the supervisor runs before a candidate is started");
  for (const left of (await target.look()).candidates) {
    environmentValue(await supervisor.stop({ deployment: left.deployment }));
  }
  await mkdir(directory.data, { recursive: true });
  const { deployment, commit, digest } = build;
  const values = { node: context.nodePath, commit, digest, data: directory.data, env: context.env };
  const fill = (text: string): string => fillTemplate(text, values);
  const started = await supervisor.start({
    deployment,
    commit,
    digest,
    directory: join(build.directory, buildContentFolder),
    command: policy.command.map(fill),
    env: Object.fromEntries(Object.entries(policy.env).map(([name, text]) => [name, fill(text)])),
    listenTimeoutMs: policy.health.timeout,
  });
  const { port } = environmentValue(started, "candidate-unhealthy");
  const isLive = async (): Promise<boolean> => {
    const { candidates } = await target.look();
    return candidates.some((one) => one.deployment === deployment && one.live);
  };
  return { supervisor, port, commit, digest, isLive, signal: context.signal };
}

/** Stops a deployment's candidate, if there is one. */
export async function stopCandidate(target: DeployTarget, deployment: string): Promise<void> {
  const { supervisor, candidates } = await target.look();
  if (supervisor === null || !candidates.some((one) => one.deployment === deployment)) return;
  environmentValue(await supervisor.stop({ deployment }));
}

/** The last lines a deployment printed, ready to follow a reason; empty when it printed nothing. */
export async function logTail(target: DeployTarget, deployment: string): Promise<string> {
  const file = join(target.directory.root, "logs", `${deployment}.log`);
  const log = await readFile(file, "utf8").catch(() => "");
  return log.trim() === "" ? "" : `\nLast lines of its log:\n${lastLines(log)}`;
}
