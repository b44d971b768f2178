import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

test.each([
  ["depoly", "deploy"],
  ["rolback", "rollback"],
  ["", "qa"],
  ["🙂", "qa"],
])("%j is nearest to %s", (typed, nearest) => {
  expect(nearestName(typed, ["deploy", "rollback", "qa"])).toBe(nearest);
});
