import { describe, expect, test } from "vitest";
import { nextSteps } from "./next-steps.ts";
import type { EnvironmentState, LineState } from "./next-steps.ts";

const environment: EnvironmentState = {
  environment: "production",
  servingCommit: "a".repeat(40),
  commitsBehindTrunk: 0,
  openDeployment: null,
};
const line: LineState = {
  name: "1.0",
  phase: "active",
  missingRoles: [],
  latestRelease: "v1.0.0",
  unreleasedCommits: 0,
  refusedCommits: 0,
  hasCutEntry: true,
};

describe("nextSteps", () => {
  test("has nothing to say when nothing waits", () => {
    expect(nextSteps({ environments: [environment], lines: [line], pendingChangesets: 0 })).toEqual(
      [],
    );
  });

  test.each([
    [
      "an unfinished deployment",
      { environments: [{ ...environment, openDeployment: "b".repeat(40) }] },
      "was not finished",
    ],
    [
      "an environment behind trunk",
      { environments: [{ ...environment, commitsBehindTrunk: 2 }] },
      "2 commits behind",
    ],
    [
      "a line without its release",
      { lines: [{ ...line, latestRelease: null }] },
      "trunkline release --line 1.0",
    ],
    [
      "a line without sign-offs",
      { lines: [{ ...line, latestRelease: null, missingRoles: ["operations"] }] },
      "--role operations",
    ],
    [
      "backports that are not released",
      { lines: [{ ...line, unreleasedCommits: 2 }] },
      "2 backports since v1.0.0",
    ],
    ["no line at all", { lines: [], pendingChangesets: 1 }, "trunkline cut"],
  ])("names the command for %s", (_name, change, text) => {
    const steps = nextSteps({
      environments: [environment],
      lines: [line],
      pendingChangesets: 0,
      ...change,
    });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toContain(text);
  });

  test("puts what is broken first", () => {
    const steps = nextSteps({
      environments: [{ ...environment, commitsBehindTrunk: 2 }],
      lines: [{ ...line, refusedCommits: 1 }],
      pendingChangesets: 0,
    });
    expect(steps[0]).toContain("trunkline check");
  });
});
