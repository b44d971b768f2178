import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { findWorkflowFaults } from "./find-workflow-faults.ts";

const folder = resolve(import.meta.dirname, "../../.github/workflows");
const workflows = globSync("*.yml", { cwd: folder });
const commit = "0123456789abcdef0123456789abcdef01234567";

function workflowWith(step: string): string {
  return `permissions: {contents: read}\njobs:\n  a:\n    timeout-minutes: 5\n    steps:\n      - ${step}\n`;
}

describe("this repository's workflows", () => {
  it("are the five that deliver it", () => {
    expect(workflows.toSorted()).toEqual(
      ["backport", "ci", "cut", "deploy", "release"].map((name) => `${name}.yml`),
    );
  });

  it.each(workflows)("%s keeps the rules", (name) => {
    expect(findWorkflowFaults(readFileSync(join(folder, name), "utf8"))).toEqual([]);
  });
});

describe("findWorkflowFaults", () => {
  it("allows one command, and an action pinned by commit", () => {
    expect(findWorkflowFaults(workflowWith("run: npm test"))).toEqual([]);
    expect(findWorkflowFaults(workflowWith(`uses: actions/checkout@${commit}`))).toEqual([]);
  });

  it.each([
    ["two commands", "run: npm test && npm start", "more than one command"],
    ["two lines", 'run: "npm test\\nnpm start"', "more than one command"],
    ["a pipe", "run: npm test | tee log", "more than one command"],
    ["a pasted expression", "run: npm test ${{ github.head_ref }}", "pastes an expression"],
    [
      "a foreign command",
      "run: curl https://example.com/install",
      "not a command of this repository",
    ],
    ["an action by tag", "uses: actions/checkout@v6", "not pinned by commit"],
    ["an action by short commit", "uses: actions/checkout@1af3b93", "not pinned by commit"],
  ])("finds %s", (_name, step, fault) => {
    expect(findWorkflowFaults(workflowWith(step)).join()).toContain(fault);
  });

  it("finds a job without an end and a workflow without permissions", () => {
    const faults = findWorkflowFaults("jobs:\n  a:\n    steps:\n      - run: npm test\n");
    expect(faults).toEqual(["names no permissions of its own", "a: has no timeout-minutes"]);
  });
});
