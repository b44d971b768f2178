import { setTimeout as wait } from "node:timers/promises";

const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Waits until a condition holds; fails with what was waited for. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  describe: () => string,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${describe()}`);
    await wait(LOOK_EVERY_MS);
  }
}
