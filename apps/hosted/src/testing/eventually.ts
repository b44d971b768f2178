import { setTimeout as delay } from "node:timers/promises";

const deadlineMs = 20_000;
const intervalMs = 10;

/** Asks until the answer is neither undefined nor false; rejects when there is none within 20 s, or when asking throws. */
export async function eventually<Value>(
  what: string,
  ask: () => Value | undefined | false | Promise<Value | undefined | false>,
): Promise<Value> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < deadlineMs) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await delay(intervalMs);
  }
  throw new Error(`not within ${deadlineMs} ms: ${what}`);
}
