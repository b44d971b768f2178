import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readLedger } from "../ledger/ledger.ts";
import { cutLine, originCommit } from "../testing/cut-line.ts";
import { killTrunkline } from "../testing/kill-trunkline.ts";
import type { KillMoment } from "../testing/kill-trunkline.ts";
import { runJson, valueAt } from "../testing/run-json.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

const ten = Array.from({ length: 10 }, (_, index) => `line ${String(index)}\n`);

let template: TestRepository;
beforeAll(async () => {
  template = await createTestRepository({ files: { "src/a.txt": ten.join("") } });
  await cutLine(template, "one");
});
afterAll(() => template[Symbol.asyncDispose]());

async function begin(): Promise<TestRepository> {
  const repository = await template.copy();
  made.push(repository);
  return repository;
}

async function backports(repository: TestRepository) {
  const { git } = repository;
  const now = (): Date => new Date();
  const { entries } = await readLedger({ git, remote: "origin", now, pid: process.pid });
  return entries.filter((entry) => entry.kind === "backport");
}

async function worktreesLeft(repository: TestRepository): Promise<readonly string[]> {
  const folder = join(repository.directory, ".git", "trunkline", "worktrees");
  return readdir(folder).catch(() => []);
}

test("picks trunk commits onto a line, oldest first, and records them once", async () => {
  const repository = await begin();
  const first = await repository.commit("fix: first", { "src/first.txt": "1\n" });
  const second = await repository.commit("fix: second", { "src/first.txt": "2\n" });
  await repository.write({ "src/a.txt": "the user's own edit\n" });
  const args = ["backport", second, first.slice(0, 12), "--to", "1.0", "--apply"];
  const run = await runJson(repository, args);
  expect(run).toMatchObject({
    code: 0,
    data: {
      backports: [
        { origin: first, outcome: "applied" },
        { origin: second, outcome: "applied" },
      ],
    },
  });
  expect(await runJson(repository, args)).toMatchObject({ code: 0, data: { applied: false } });
  expect(await backports(repository)).toHaveLength(2);
  expect(await runJson(repository, ["check"])).toMatchObject({
    code: 0,
    data: { findings: [], adapted: [] },
  });
  expect(await repository.git.text(["status", "--porcelain"])).toBe(" M src/a.txt");
  expect(await worktreesLeft(repository)).toEqual([]);
});

test("marks a pick whose patch came out differently as adapted, and shows how", async () => {
  const repository = await begin();
  await repository.commit("refactor: reword", {
    "src/a.txt": ten.join("").replace("line 3", "line three"),
  });
  const fix = await repository.commit("fix: line 5", {
    "src/a.txt": ten.join("").replace("line 3", "line three").replace("line 5", "line five"),
  });
  const run = await runJson(repository, ["backport", fix, "--to", "lts/1.0", "--apply"]);
  expect(run).toMatchObject({
    code: 0,
    data: { backports: [{ origin: fix, outcome: "adapted" }] },
  });
  const check = await runJson(repository, ["check", "--line", "1.0"]);
  expect(check).toMatchObject({ code: 0, data: { adapted: [{ origin: fix }] } });
  expect(valueAt(check.data, "adapted", 0, "difference")).toContain("line three");
});

test("a conflict needs a person: files and commands are named, the line is untouched", async () => {
  const repository = await begin();
  await repository.commit("refactor: reword", { "src/a.txt": "all new\n" });
  const fix = await repository.commit("fix: it", { "src/a.txt": "all new, mended\n" });
  const before = await originCommit(repository, "refs/heads/lts/1.0");
  const run = await runJson(repository, ["backport", fix, "--to", "1.0", "--apply"]);
  expect(run).toMatchObject({ code: 5, data: { error: { code: "backport-conflict" } } });
  expect(valueAt(run.data, "error", "message")).toContain("src/a.txt");
  expect(valueAt(run.data, "error", "next")).toContain(`git cherry-pick -x ${fix}`);
  expect(await originCommit(repository, "refs/heads/lts/1.0")).toBe(before);
  expect(await worktreesLeft(repository)).toEqual([]);
  expect(await repository.git.lines(["worktree", "list"])).toHaveLength(1);
  // By hand, as the commands say; then the same verb only writes the ledger.
  await repository.git.text(["switch", "--quiet", "-c", "hand", "origin/lts/1.0"]);
  await repository.git.attempt(["cherry-pick", "-x", fix]);
  await repository.write({ "src/a.txt": ten.join("").replace("line 5", "mended") });
  await repository.git.text(["commit", "--quiet", "--all", "--no-edit"]);
  await repository.git.text(["push", "--quiet", "origin", "HEAD:lts/1.0"]);
  const healed = await runJson(repository, ["backport", fix, "--to", "1.0", "--apply"]);
  expect(healed).toMatchObject({
    code: 0,
    data: { backports: [{ origin: fix, outcome: "adapted" }] },
  });
});

test("refuses what is not on trunk, features and breaking changes; unknown names are usage", async () => {
  const repository = await begin();
  const feature = await repository.commit("feat(ui): shiny", { "src/f.txt": "f\n" });
  const breaking = await repository.commit("fix!: drop it", { "src/g.txt": "g\n" });
  await repository.git.text(["switch", "--quiet", "-c", "aside"]);
  const aside = await repository.commit("fix: aside", { "src/h.txt": "h\n" });
  const rules = [
    [feature, "feature"],
    [breaking, "breaking"],
    [aside, "not-on-trunk"],
  ] as const;
  for (const [commit, code] of rules) {
    const run = await runJson(repository, ["backport", commit, "--to", "1.0", "--apply"]);
    expect(run).toMatchObject({ code: 3, data: { plan: { refusals: [{ code }] } } });
  }
  const unknownLine = await repository.trunkline(["backport", aside, "--to", "9.9"]);
  expect(unknownLine).toMatchObject({ code: 2 });
  expect(unknownLine.stderr).toContain("Use one of: 1.0");
  expect((await repository.trunkline(["backport", "nonsense", "--to", "1.0"])).code).toBe(2);
  expect((await repository.trunkline(["backport", aside])).code).toBe(2);
});

test("goes to all lines, and says nothing is to do where the commit is there from before", async () => {
  const repository = await begin();
  const fix = await repository.commit("fix: between the lines", { "src/b.txt": "b\n" });
  await cutLine(repository, "two");
  const run = await runJson(repository, ["backport", fix, "--to", "all", "--apply"]);
  expect(run).toMatchObject({ code: 0, data: { backports: [{ line: "1.0", origin: fix }] } });
  expect(String(valueAt(run.data, "plan", "notes"))).toContain("lts/1.1 already");
});

test("two clones at once: the line gets the commit once, the ledger an entry once", async () => {
  const repository = await begin();
  const fix = await repository.commit("fix: it", { "src/b.txt": "b\n" });
  const other = await repository.clone("other");
  const args = ["backport", fix, "--to", "1.0", "--apply"];
  const runs = await Promise.all([repository, other].map((clone) => clone.trunkline(args)));
  expect(runs.map((run) => run.code)).toEqual([0, 0]);
  expect(await backports(repository)).toHaveLength(1);
  const check = await runJson(repository, ["check"]);
  expect(valueAt(check.data, "lines", 0, "commits")).toMatchObject({ bookkeeping: 1, backport: 1 });
});

const moments: readonly KillMoment[] = [
  { step: "pick", state: "begun" },
  { step: "pick", state: "done" },
  { step: "record-backports", state: "begun" },
  ...[500, 750, 1000].map((afterMs) => ({ afterMs })),
];

test.each(moments)("killed at %o, the same command ends right", async (moment) => {
  const repository = await begin();
  const fix = await repository.commit("fix: it", { "src/b.txt": "b\n" });
  const args = ["backport", fix, "--to", "1.0", "--apply"];
  await killTrunkline(repository, args, moment);
  const run = await repository.trunkline(args);
  expect(run).toMatchObject({ code: 0 });
  expect((await backports(repository)).map((entry) => entry.origin)).toEqual([fix]);
  const check = await runJson(repository, ["check"]);
  expect(valueAt(check.data, "lines", 0, "commits")).toMatchObject({
    bookkeeping: 1,
    backport: 1,
    refused: 0,
  });
  expect(await worktreesLeft(repository)).toEqual([]);
});
