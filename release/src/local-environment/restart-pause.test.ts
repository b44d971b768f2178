import { expect, test } from "vitest";
import { restartPauseMs } from "./restart-pause.ts";

test("the first end is no reason to wait; then pauses double up to a bound, then it is given up", () => {
  const ends = Array.from({ length: 9 }, (_, index) => 1_000 + index);
  const pauses = ends.map((_, index) => restartPauseMs(ends.slice(0, index + 1), 2_000));
  expect(pauses).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 5_000, null]);
});

test("ends that are long ago are forgotten", () => {
  const ends = Array.from({ length: 9 }, (_, index) => index * 30_000);
  expect(restartPauseMs(ends, 8 * 30_000)).toBe(100);
});
