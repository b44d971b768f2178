import { setTimeout as delay } from "node:timers/promises";

const deadlineMs = 20_000;
const intervalMs = 10;

/** Asks until there is an answer; rejects when there is none within 20 s, or when asking throws. */
export async function eventually<Value>(
  what: string,
  ask: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < deadlineMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(intervalMs);
  }
  throw new Error(`not within ${deadlineMs} ms: ${what}`);
}
