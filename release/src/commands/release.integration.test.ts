import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readLedger } from "../ledger/ledger.ts";
import { approve, cutLine, originCommit } from "../testing/cut-line.ts";
import { killTrunkline } from "../testing/kill-trunkline.ts";
import type { KillMoment } from "../testing/kill-trunkline.ts";
import { runJson, valueAt } from "../testing/run-json.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";

let cut: TestRepository;
let released: TestRepository;
beforeAll(async () => {
  cut = await createTestRepository();
  await cutLine(cut, "one");
  released = await cut.copy();
  await approve(released, "1.0");
  await released.trunkline(["release", "--line", "1.0", "--apply"]);
});
afterAll(async () => {
  await cut[Symbol.asyncDispose]();
  await released[Symbol.asyncDispose]();
});

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function begin(template: TestRepository): Promise<TestRepository> {
  const repository = await template.copy();
  made.push(repository);
  return repository;
}

async function release(repository: TestRepository, line = "1.0") {
  return runJson(repository, ["release", "--line", line, "--apply"]);
}

async function fixAndBackport(repository: TestRepository, name: string, to: string): Promise<void> {
  const fix = await repository.commit(`fix: ${name}`, { [`src/${name}.txt`]: `${name}\n` });
  const run = await repository.trunkline(["backport", fix, "--to", to, "--apply"]);
  expect(run).toMatchObject({ code: 0 });
}

async function releases(repository: TestRepository): Promise<readonly string[]> {
  const { git } = repository;
  const now = (): Date => new Date();
  const { entries } = await readLedger({ git, remote: "origin", now, pid: process.pid });
  return entries.flatMap((entry) => (entry.kind === "release" ? [entry.tag] : []));
}

test("the first release needs every role's approval of the head", async () => {
  const repository = await begin(cut);
  const refused = await runJson(repository, ["release", "--line", "1.0", "--apply"]);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.stdout).toContain("trunkline qa sign --line 1.0 --role operations");
  expect(valueAt(refused.data, "plan", "refusals")).toHaveLength(2);
  await approve(repository, "1.0");
  await fixAndBackport(repository, "late", "1.0");
  expect(await release(repository)).toMatchObject({ code: 3 });
  expect((await repository.trunkline(["release", "--line", "1.0"])).stdout).toContain("is void");
  await approve(repository, "1.0");
  const reject = ["qa", "sign", "--line", "1.0", "--role", "operations", "--evidence", "it burns"];
  expect(await repository.trunkline([...reject, "--reject", "--apply"])).toMatchObject({ code: 0 });
  expect((await repository.trunkline(["release", "--line", "1.0"])).stdout).toContain("it burns");
  await approve(repository, "1.0");
  const head = await originCommit(repository, "refs/heads/lts/1.0");
  const run = await release(repository);
  expect(run).toMatchObject({
    code: 0,
    data: { line: "1.0", version: "1.0.0", tag: "v1.0.0", commit: head },
  });
  expect(valueAt(run.data, "notes")).toContain("## What you must do");
  expect(await originCommit(repository, "refs/tags/v1.0.0")).toBe(head);
  expect(await repository.git.text(["cat-file", "-t", "v1.0.0"])).toBe("tag");
  expect(await release(repository)).toMatchObject({
    code: 0,
    data: { applied: false, version: "1.0.0" },
  });
  expect(await releases(repository)).toEqual(["v1.0.0"]);
});

test("sign-offs: unknown role and line are usage; the same word twice is written once", async () => {
  const repository = await begin(cut);
  const sign = (line: string, role: string) =>
    runJson(repository, [
      "qa",
      "sign",
      "--line",
      line,
      "--role",
      role,
      "--evidence",
      "x",
      "--apply",
    ]);
  expect(await sign("1.0", "sales")).toMatchObject({ code: 2 });
  expect(await sign("7.0", "operations")).toMatchObject({
    code: 2,
    data: { error: { code: "line-unknown", next: "Use one of: 1.0." } },
  });
  expect(await sign("1.0", "operations")).toMatchObject({
    code: 0,
    data: { applied: true, missingRoles: ["engineering"] },
  });
  expect(await sign("1.0", "operations")).toMatchObject({ code: 0, data: { applied: false } });
});

test("semantic-release counts patches from the line's own tags, side by side with another line", async () => {
  const repository = await begin(released);
  await fixAndBackport(repository, "first", "1.0");
  expect(await release(repository)).toMatchObject({ code: 0, data: { version: "1.0.1" } });
  await cutLine(repository, "two");
  await approve(repository, "1.1");
  expect(await release(repository, "1.1")).toMatchObject({ code: 0, data: { version: "1.1.0" } });
  await fixAndBackport(repository, "second", "all");
  expect(await release(repository, "1.0")).toMatchObject({ code: 0, data: { version: "1.0.2" } });
  expect(await release(repository, "1.1")).toMatchObject({ code: 0, data: { version: "1.1.1" } });
  await fixAndBackport(repository, "third", "1.0");
  // Tags of the user's own and on trunk, and a machine that looks like a CI on trunk, change nothing.
  await repository.git.text(["tag", "v1.0.9-mine", "main"]);
  await repository.git.text(["tag", "v7.0.0", "main"]);
  await repository.git.text(["push", "--quiet", "origin", "v7.0.0"]);
  const run = await release(repository, "1.0");
  expect(run).toMatchObject({ code: 0, data: { version: "1.0.3", tag: "v1.0.3" } });
  expect(valueAt(run.data, "notes")).toContain("### Fixes\n\n- third");
  expect(await originCommit(repository, "refs/tags/v1.0.9-mine")).toBe("");
  expect(await releases(repository)).toEqual([
    "v1.0.0",
    "v1.0.1",
    "v1.1.0",
    "v1.0.2",
    "v1.1.1",
    "v1.0.3",
  ]);
  expect(await runJson(repository, ["check"])).toMatchObject({ code: 0, data: { findings: [] } });
});

test("with quiet commits only there is nothing to do", async () => {
  const repository = await begin(released);
  await repository.git.text(["switch", "--quiet", "-c", "lts/1.0", "origin/lts/1.0"]);
  await repository.commit("docs: say more\n\nLine-Only: the page is on this line only", {
    "docs/a.md": "more\n",
  });
  await repository.git.text(["switch", "--quiet", "main"]);
  expect(await release(repository)).toMatchObject({
    code: 0,
    data: { applied: false, version: "1.0.0" },
  });
});

test("refuses to release a line that check finds something on", async () => {
  const repository = await begin(released);
  await repository.git.text(["switch", "--quiet", "-c", "lts/1.0", "origin/lts/1.0"]);
  await repository.commit("fix: straight on the line", { "src/x.txt": "x\n" });
  await repository.git.text(["switch", "--quiet", "main"]);
  const checked = await runJson(repository, ["check"]);
  expect(checked).toMatchObject({ code: 4, data: { findings: [{ rule: "undeclared" }] } });
  expect(String(valueAt(checked.data, "findings", 0, "next"))).toMatch(
    /git cherry-pick .*deploy.*backport/s,
  );
  expect(await release(repository)).toMatchObject({
    code: 3,
    data: { plan: { refusals: [{ code: "check-failed" }] } },
  });
});

test("a tag that the ledger does not know is written to it by the next run", async () => {
  const repository = await begin(released);
  await fixAndBackport(repository, "first", "1.0");
  const head = await originCommit(repository, "refs/heads/lts/1.0");
  await repository.git.text(["push", "--quiet", "origin", `${head}:refs/tags/v1.0.1`]);
  expect(await release(repository)).toMatchObject({
    code: 0,
    data: { applied: true, version: "1.0.1" },
  });
  expect(await release(repository)).toMatchObject({ code: 0, data: { applied: false } });
  expect(await releases(repository)).toEqual(["v1.0.0", "v1.0.1"]);
});

test("two clones at once: one release, one entry", async () => {
  const repository = await begin(released);
  await fixAndBackport(repository, "first", "1.0");
  const other = await repository.clone("other");
  const runs = await Promise.all([release(repository), release(other)]);
  expect(runs.map((run) => run.code)).toContain(0);
  expect(await release(other)).toMatchObject({ code: 0, data: { version: "1.0.1" } });
  expect(await releases(repository)).toEqual(["v1.0.0", "v1.0.1"]);
});

const moments: readonly KillMoment[] = [
  { step: "tag", state: "begun" },
  { step: "tag", state: "done" },
  { step: "record-release", state: "begun" },
  ...[700, 1200, 1700].map((afterMs) => ({ afterMs })),
];

test.each(moments)("killed at %o, the same command ends right", async (moment) => {
  const repository = await begin(released);
  await fixAndBackport(repository, "first", "1.0");
  await killTrunkline(repository, ["release", "--line", "1.0", "--apply"], moment);
  expect(await release(repository)).toMatchObject({ code: 0, data: { version: "1.0.1" } });
  expect(await releases(repository)).toEqual(["v1.0.0", "v1.0.1"]);
});
