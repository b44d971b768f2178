import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readLedger } from "../ledger/ledger.ts";
import { killTrunkline } from "../testing/kill-trunkline.ts";
import type { KillMoment } from "../testing/kill-trunkline.ts";
import { originCommit } from "../testing/cut-line.ts";
import { recordService } from "../testing/record-service.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";

let template: TestRepository;
let proven: string;
beforeAll(async () => {
  template = await createTestRepository();
  proven = await template.commit("fix: begin", {
    ".changeset/one.md": '---\n"sample": minor\n---\n\nThe change.\n',
  });
  await recordService(template, { commit: proven, deployment: "one", beganHoursAgo: 2 });
});
afterAll(() => template[Symbol.asyncDispose]());

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function begin(): Promise<TestRepository> {
  const repository = await template.copy();
  made.push(repository);
  return repository;
}

async function cuts(repository: TestRepository): Promise<readonly unknown[]> {
  const { git } = repository;
  const now = (): Date => new Date();
  const { entries } = await readLedger({ git, remote: "origin", now, pid: process.pid });
  return entries.flatMap((entry) =>
    entry.kind === "cut" ? [[entry.line, entry.commit, entry.provenBy]] : [],
  );
}

const moments: readonly KillMoment[] = [
  { step: "push-line", state: "begun" },
  { step: "push-line", state: "done" },
  { step: "record-cut", state: "begun" },
  ...[500, 800, 1100].map((afterMs) => ({ afterMs })),
];

test.each(moments)("killed at %o, the same command ends right", async (moment) => {
  const repository = await begin();
  await killTrunkline(repository, ["cut", "--apply"], moment);
  expect(await repository.trunkline(["cut", "--apply"])).toMatchObject({ code: 0 });
  expect(await cuts(repository)).toEqual([["1.0", proven, "one"]]);
  expect(await repository.trunkline(["check"])).toMatchObject({ code: 0 });
  expect(await repository.git.lines(["ls-remote", "origin", "refs/heads/lts/*"])).toHaveLength(1);
});

test("a line whose cut the ledger does not know is found, and finished by the next cut", async () => {
  const repository = await begin();
  const before = await originCommit(repository, "refs/trunkline/ledger");
  expect(await repository.trunkline(["cut", "--apply"])).toMatchObject({ code: 0 });
  // As if the run had been killed between its push and its entry.
  const rewind = ["push", "--quiet", "--force", "origin", `${before}:refs/trunkline/ledger`];
  await repository.git.text(rewind);
  const check = await repository.trunkline(["check"]);
  expect(check).toMatchObject({ code: 4 });
  expect(check.stdout).toContain("trunkline cut");
  expect(await repository.trunkline(["cut", "--apply"])).toMatchObject({ code: 0 });
  expect(await cuts(repository)).toEqual([["1.0", proven, "one"]]);
  expect(await repository.trunkline(["check"])).toMatchObject({ code: 0 });
});

test("two cuts at once: one wins, the other says so or finds it done", async () => {
  const repository = await begin();
  const other = await repository.clone("other");
  const runs = await Promise.all(
    [repository, other].map((clone) => clone.trunkline(["cut", "--apply"])),
  );
  const codes = runs.map((run) => run.code);
  expect(codes).toContain(0);
  for (const run of runs.filter(({ code }) => code !== 0)) {
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain("another cut was first");
  }
  expect(await cuts(repository)).toEqual([["1.0", proven, "one"]]);
  expect(await other.trunkline(["cut", "--apply"])).toMatchObject({ code: 0 });
});

test("trunk that moves while a line is cut keeps its commits", async () => {
  const repository = await begin();
  const other = await repository.clone("other");
  const run = repository.trunkline(["cut", "--apply"]);
  for (let index = 0; index < 5; index += 1) {
    await other.git.text(["pull", "--quiet", "--rebase", "origin", "main"]);
    await other.write({ [`src/${String(index)}.txt`]: "x\n" });
    await other.git.text(["add", "--all"]);
    await other.git.text(["commit", "--quiet", "-m", `fix: ${String(index)}`]);
    await other.git.attempt(["push", "--quiet", "origin", "main"]);
  }
  expect(await run).toMatchObject({ code: 0 });
  await other.git.text(["pull", "--quiet", "--rebase", "origin", "main"]);
  await other.git.attempt(["push", "--quiet", "origin", "main"]);
  const subjects = await other.git.lines(["log", "--format=%s", "origin/main"]);
  expect(subjects).toEqual(
    expect.arrayContaining(["fix: 0", "fix: 4", "chore(release): cut line 1.0 for 1.0.0"]),
  );
});

test("works in a repository without a remote, its checked-out trunk included", async () => {
  const repository = await begin();
  await repository.git.text(["fetch", "--quiet", "origin", "refs/trunkline/*:refs/trunkline/*"]);
  await repository.git.text(["remote", "remove", "origin"]);
  expect(await repository.trunkline(["cut", "--apply"])).toMatchObject({ code: 0 });
  expect(await repository.git.text(["status", "--porcelain"])).toBe("");
  expect(await repository.git.text(["show", "main:package.json"])).toContain('"version": "1.0.0"');
  expect(await repository.git.text(["show", "lts/1.0:RELEASE-NOTES.md"])).toContain(
    "# sample 1.0.0",
  );
  expect(await repository.trunkline(["check"])).toMatchObject({ code: 0 });
});
