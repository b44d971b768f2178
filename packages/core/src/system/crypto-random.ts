import { randomInt } from "node:crypto";
import type { Random } from "../links/random.ts";

/** Unpredictable numbers: nobody can guess the next slug from the last. */
export const cryptoRandom: Random = {
  integerBelow: (bound) => randomInt(bound),
};
