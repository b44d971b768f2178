import { describe, expect, it } from "vitest";
import { judgeTestRun } from "./judge-test-run.ts";

const explained = { file: "a.integration.test.ts", name: "starts", reason: "no docker here" };
const unexplained = { ...explained, name: "stops", reason: undefined };

describe("judgeTestRun", () => {
  it("passes a run without skips", () => {
    expect(judgeTestRun({ passed: 2, failed: 0, skipped: [] }, true).passed).toBe(true);
  });

  it("lists each skipped test under its reason", () => {
    const verdict = judgeTestRun({ passed: 1, failed: 0, skipped: [explained] }, false);
    expect(verdict.passed).toBe(true);
    expect(verdict.text).toContain(
      "skipped (no docker here):\n    a.integration.test.ts > starts\n",
    );
  });

  it.each([
    ["a failed test", { passed: 1, failed: 1, skipped: [] }, false, "1 failed"],
    ["a run of nothing", { passed: 0, failed: 0, skipped: [] }, false, "no test ran at all"],
    ["a skip in CI", { passed: 1, failed: 0, skipped: [explained] }, true, "CI skips nothing"],
    [
      "an unexplained skip",
      { passed: 1, failed: 0, skipped: [unexplained] },
      false,
      "without a reason",
    ],
  ])("fails %s", (_name, totals, isCi, reason) => {
    const verdict = judgeTestRun(totals, isCi);
    expect(verdict.passed).toBe(false);
    expect(verdict.text).toContain(reason);
  });
});
