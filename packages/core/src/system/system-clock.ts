import type { Clock } from "../links/clock.ts";

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
};
