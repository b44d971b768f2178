import { expect, test } from "vitest";
import { planRelease } from "./plan-release.ts";
import type { ReleaseFacts, ReleaseLineFacts } from "./plan-release.ts";

const line: ReleaseLineFacts = {
  name: "1.0",
  branch: "lts/1.0",
  head: "b".repeat(40),
  phase: "active",
  cutVersion: "1.0.0",
  releases: [{ version: "1.0.0", tag: "v1.0.0", commit: "a".repeat(40), recorded: true }],
  missingRoles: ["operations"],
  signOffs: [],
};
const facts: ReleaseFacts = { line, tagPattern: "v{version}", findings: [], next: null };

test.each(["1.1.0", "2.0.0", "1.0.2", "1.0.0"])("refuses %s after 1.0.0", (version) => {
  const plan = planRelease({ ...facts, next: { version, type: "minor" } });
  expect(plan).toMatchObject({ steps: [], refusals: [{ code: "not-a-patch" }] });
});

test("tags and records the next patch; sign-offs are for the first release only", () => {
  const plan = planRelease({ ...facts, next: { version: "1.0.1", type: "patch" } });
  expect(plan.refusals).toEqual([]);
  expect(plan.steps.map((step) => [step.kind, step.tag, step.commit])).toEqual([
    ["tag", "v1.0.1", line.head],
    ["record-release", "v1.0.1", line.head],
  ]);
});

test("does nothing when no commit asks for a release", () => {
  expect(planRelease(facts)).toMatchObject({ steps: [], refusals: [] });
});

test("refuses a line that has ended, that check finds something on, or that was not cut", () => {
  expect(planRelease({ ...facts, line: { ...line, phase: "ended" } }).refusals).toHaveLength(1);
  expect(planRelease({ ...facts, findings: ["a", "b"] }).refusals).toHaveLength(2);
  expect(planRelease({ ...facts, line: { ...line, cutVersion: null } })).toMatchObject({
    refusals: [{ code: "no-cut" }],
  });
});

test("names every role that is missing, and why", () => {
  const said = { by: "A <a@example.com>", evidence: "it burns" };
  const plan = planRelease({
    ...facts,
    line: {
      ...line,
      releases: [],
      missingRoles: ["engineering", "operations", "security"],
      signOffs: [
        { ...said, role: "engineering", outcome: "approved", void: true },
        { ...said, role: "security", outcome: "rejected", void: false },
      ],
    },
  });
  const messages = plan.refusals.map((refusal) => refusal.message);
  expect(messages[0]).toContain("is void");
  expect(messages[1]).toContain("operations has not signed off");
  expect(messages[2]).toContain("it burns");
});
