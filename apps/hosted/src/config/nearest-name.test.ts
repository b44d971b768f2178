import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

test.each([
  ["POTR", "PORT"],
  ["HOTS", "HOST"],
  ["PORT", "PORT"],
  ["ENTIRELY_DIFFERENT", undefined],
])("%s → %s", (name, nearest) => {
  expect(nearestName(name, ["HOST", "PORT"])).toBe(nearest);
});

test("a huge name costs a bounded effort and is near to nothing", () => {
  expect(nearestName("x".repeat(1_000_000), ["HOST"])).toBeUndefined();
});
