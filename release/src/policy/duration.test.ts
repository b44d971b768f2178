import { describe, expect, test } from "vitest";
import { describeDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["850ms", 850],
    ["2s", 2000],
    ["1.5h", 5_400_000],
    ["14d", 1_209_600_000],
    ["12mo", 31_556_952_000],
  ])("%s", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each(["", "5", "s", "-1s", "1 fortnight", "1e3s", "١s"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe("describeDuration", () => {
  test.each([
    [12, "12 ms"],
    [12_340, "12.3 s"],
    [300_000, "5 min"],
    [10_800_000, "3 h"],
    [1_036_800_000, "12 days"],
  ])("%d ms", (durationMs, text) => {
    expect(describeDuration(durationMs)).toBe(text);
  });
});
