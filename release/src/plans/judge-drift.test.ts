import { describe, expect, test } from "vitest";
import { judgeDrift } from "./judge-drift.ts";
import type { LineDrift } from "./judge-drift.ts";

const policy = {
  drift: { maxCommitsBehind: 10, maxCutAge: 1000, maxLineOnlyCommits: 1, maxPendingChangesets: 2 },
};
const line: LineDrift = {
  line: "1.0",
  branch: "lts/1.0",
  phase: "active",
  commitsBehindTrunk: 10,
  sinceCutMs: 1000,
  backports: 3,
  adaptedBackports: 0,
  lineOnlyCommits: 1,
  refusedCommits: 0,
};

describe("judgeDrift", () => {
  test("finds nothing at the budget itself", () => {
    expect(judgeDrift({ hosted: [], lines: [line], pendingChangesets: 2 }, policy)).toEqual([]);
  });

  test.each([
    ["commits behind", { commitsBehindTrunk: 11 }],
    ["age", { sinceCutMs: 1001 }],
    ["line-only commits", { lineOnlyCommits: 2 }],
    ["commits that check refuses", { refusedCommits: 1 }],
  ])("finds one thing over it: %s", (_name, change) => {
    expect(
      judgeDrift({ hosted: [], lines: [{ ...line, ...change }], pendingChangesets: 0 }, policy),
    ).toHaveLength(1);
  });

  test("counts changesets that wait", () => {
    expect(judgeDrift({ hosted: [], lines: [], pendingChangesets: 3 }, policy)).toMatchObject([
      { subject: "trunk" },
    ]);
  });

  test("lets older lines be old and behind, and ended ones too", () => {
    const old = {
      ...line,
      line: "0.9",
      branch: "lts/0.9",
      commitsBehindTrunk: 900,
      sinceCutMs: 9_000_000,
    };
    const ended = {
      ...line,
      line: "2.0",
      branch: "lts/2.0",
      phase: "ended",
      commitsBehindTrunk: 900,
    };
    expect(
      judgeDrift({ hosted: [], lines: [old, line, ended], pendingChangesets: 0 }, policy),
    ).toEqual([]);
  });
});
