import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.ts";
import type { LocalEnvironmentPolicy } from "../policy/config.ts";
import { describeDuration } from "../policy/duration.ts";
import { probe } from "../tools/http-probe.ts";
import type { ProbeAnswer } from "../tools/http-probe.ts";

const pollMs = 50;
const probeTimeoutMs = 10_000;
const shownCharacters = 300;

export interface Candidate {
  readonly port: number;
  readonly commit: string;
  readonly digest: string;
  /** Its process still runs. */
  readonly isLive: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * Waits until the health path answers 200.
 * @returns what to report: how long it took
 * @throws Failure `candidate-unhealthy` with the last answer, at the timeout or when the process ended
 */
export async function waitUntilHealthy(
  candidate: Candidate,
  health: LocalEnvironmentPolicy["health"],
): Promise<string> {
  const startedMs = performance.now();
  const deadline = startedMs + health.timeout;
  for (;;) {
    const leftMs = deadline - performance.now();
    const timeoutMs = Math.max(1, Math.min(probeTimeoutMs, leftMs));
    const answer = await probe({ port: candidate.port, path: health.path, timeoutMs });
    if (typeof answer !== "string" && answer.status === 200) {
      return `after ${describeDuration(performance.now() - startedMs)}`;
    }
    refuseInterrupted(candidate);
    const last = `GET ${health.path}: ${describeAnswer(answer)}`;
    if (!(await candidate.isLive())) throw unhealthy(`its process ended; last ${last}`);
    if (performance.now() + pollMs > deadline) {
      throw unhealthy(`not healthy within ${describeDuration(health.timeout)}; last ${last}`);
    }
    await delay(pollMs);
  }
}

/**
 * Makes every smoke check, in the policy's order.
 * @throws Failure `candidate-unhealthy` with what the first wrong answer was
 */
export async function checkSmoke(
  candidate: Candidate,
  checks: LocalEnvironmentPolicy["smoke"],
): Promise<string> {
  for (const check of checks) {
    refuseInterrupted(candidate);
    const answer = await probe({
      port: candidate.port,
      path: check.path,
      timeoutMs: probeTimeoutMs,
    });
    const what = `smoke check GET ${check.path}`;
    if (typeof answer === "string" || answer.status !== check.status) {
      throw unhealthy(`${what}: ${describeAnswer(answer)}; expected ${String(check.status)}`);
    }
    const wanted = check.bodyContains
      ?.replaceAll("{commit}", candidate.commit)
      .replaceAll("{digest}", candidate.digest);
    if (wanted !== undefined && !answer.body.includes(wanted)) {
      throw unhealthy(`${what}: ${describeAnswer(answer)}; expected a body with "${wanted}"`);
    }
  }
  return `${String(checks.length)} passed`;
}

function refuseInterrupted({ signal }: Candidate): void {
  if (!signal.aborted) return;
  throw new Failure({
    code: "command-failed",
    message: "Interrupted while the candidate was checked.",
    next: "Run the same command again.",
  });
}

function describeAnswer(answer: ProbeAnswer | string): string {
  if (typeof answer === "string") return answer;
  const body = answer.body.slice(0, shownCharacters).replaceAll(/\s+/g, " ").trim();
  return `answered ${String(answer.status)}${body === "" ? "" : ` with ${JSON.stringify(body)}`}`;
}

function unhealthy(reason: string): Failure {
  return new Failure({
    code: "candidate-unhealthy",
    message: `The candidate is not fit to serve: ${reason}.`,
    next: "Mend it on trunk and deploy that commit; what served before goes on serving.",
  });
}
