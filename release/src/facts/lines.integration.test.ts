import { afterEach, expect, test } from "vitest";
import { configSchema } from "../policy/config.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { readLines } from "./lines.ts";
import type { Line } from "./lines.ts";
import { readRefs } from "./refs.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function repositoryWithLine(): Promise<TestRepository> {
  const repository = await createTestRepository();
  made.push(repository);
  await repository.git.text(["switch", "--quiet", "-c", "lts/1.0"]);
  await repository.commit("chore(release): cut 1.0\n\nTrunkline-Bookkeeping: cut", {
    "RELEASE-NOTES.md": "# 1.0.0\n",
  });
  return repository;
}

const policy = configSchema.parse({
  product: "sample",
  changesets: { package: "sample" },
  build: { commands: [["true"]], output: "dist" },
});

async function readLine(repository: TestRepository): Promise<Line> {
  const refs = await readRefs(repository.git, policy);
  const [line] = await readLines({
    git: repository.git,
    policy,
    refs,
    entries: [],
    now: new Date(),
  });
  if (line === undefined) throw new Error("no line");
  return line;
}

async function pick(repository: TestRepository, commit: string): Promise<void> {
  await repository.git.text(["switch", "--quiet", "lts/1.0"]);
  await repository.git.text(["cherry-pick", "-x", commit]);
  await repository.git.text(["push", "--quiet", "origin", "HEAD"]);
}

test("tells bookkeeping, backports and line-only commits apart", async () => {
  const repository = await repositoryWithLine();
  await repository.git.text(["switch", "--quiet", "main"]);
  const fix = await repository.commit("fix: mend it", { "src/a.txt": "mended\n" });
  await pick(repository, fix);
  await repository.commit("fix: only here\n\nLine-Only: trunk has no such file", {
    "src/old.txt": "x\n",
  });
  const line = await readLine(repository);
  expect(line).toMatchObject({ name: "1.0", branch: "lts/1.0", cut: null, phase: "qa" });
  expect(line.commits.map((commit) => commit.is)).toEqual([
    { kind: "bookkeeping", verb: "cut" },
    { kind: "backport", origin: fix, adapted: false, originOnTrunk: true },
    { kind: "line-only", reason: "trunk has no such file" },
  ]);
});

test("marks a backport whose patch differs from its origin's as adapted", async () => {
  const repository = await repositoryWithLine();
  await repository.git.text(["switch", "--quiet", "main"]);
  const fix = await repository.commit("fix: mend it", { "src/a.txt": "mended\n" });
  await pick(repository, fix);
  await repository.write({ "src/a.txt": "mended another way\n" });
  await repository.git.text(["commit", "--quiet", "--all", "--amend", "--no-edit"]);
  await repository.git.text(["push", "--quiet", "--force", "origin", "HEAD"]);
  const line = await readLine(repository);
  expect(line.commits.at(-1)?.is).toMatchObject({ kind: "backport", origin: fix, adapted: true });
});

test.each([
  { name: "undeclared", message: "fix: straight on the line" },
  { name: "line-only-without-reason", message: "fix: why?\n\nLine-Only: " },
  { name: "feature", message: "feat: shiny\n\nLine-Only: a customer asked" },
  { name: "breaking", message: "fix(api)!: remove it\n\nLine-Only: a customer asked" },
  { name: "breaking", message: "fix: remove it\n\nBREAKING CHANGE: it is gone" },
  { name: "forged-bookkeeping", message: "chore: release\n\nTrunkline-Bookkeeping: cut" },
  {
    name: "origin-not-on-trunk",
    message: `fix: x\n\n(cherry picked from commit ${"1234567890".repeat(4)})`,
  },
])("refuses a commit on a line: $name ($message)", async ({ name, message }) => {
  const repository = await repositoryWithLine();
  await repository.commit(message, { "src/a.txt": "x\n", 'päckage "q".json': "{}\n" });
  const line = await readLine(repository);
  expect(line.commits.at(-1)?.is).toMatchObject({ kind: "refused", rule: name });
  expect(line.commits.at(-1)?.files).toHaveLength(2);
});

async function cutByHand(
  files: Readonly<Record<string, string>>,
  verb = "cut",
): Promise<TestRepository> {
  const repository = await createTestRepository();
  made.push(repository);
  await repository.git.text(["switch", "--quiet", "-c", "lts/1.0"]);
  await repository.commit(`chore(release): cut 1.0\n\nTrunkline-Bookkeeping: ${verb}`, files);
  return repository;
}

const manifest = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ name: "sample", private: true, type: "module", ...fields });

test("a cut's first commit may write the version into a manifest", async () => {
  const repository = await cutByHand({ "package.json": manifest({ version: "1.0.0" }) });
  expect((await readLine(repository)).commits[0]?.is).toEqual({ kind: "bookkeeping", verb: "cut" });
});

test.each([
  {
    what: "a script in a manifest",
    files: { "package.json": manifest({ version: "1.0.0", scripts: { prepare: "./run" } }) },
    why: "more than the version in package.json",
  },
  {
    what: "a new manifest",
    files: { "deep/package.json": manifest({ version: "1.0.0" }) },
    why: "more than the version in deep/package.json",
  },
  { what: "a broken manifest", files: { "package.json": "{" }, why: "more than the version" },
  {
    what: "another verb",
    files: { "RELEASE-NOTES.md": "# 1\n" },
    verb: "release",
    why: "makes none",
  },
])("refuses a first commit that is no cut's: $what", async ({ files, verb, why }) => {
  const repository = await cutByHand(files, verb);
  const is = (await readLine(repository)).commits[0]?.is;
  expect(is).toMatchObject({ kind: "refused", rule: "forged-bookkeeping" });
  expect(is?.kind === "refused" && is.why).toContain(why);
});

test("refuses bookkeeping after the line's first commit", async () => {
  const repository = await repositoryWithLine();
  await repository.commit("chore: again\n\nTrunkline-Bookkeeping: cut", {
    "package.json": manifest({ version: "1.0.1" }),
  });
  const is = (await readLine(repository)).commits.at(-1)?.is;
  expect(is).toMatchObject({ kind: "refused", rule: "forged-bookkeeping" });
});

test("refuses a merge on a line", async () => {
  const repository = await repositoryWithLine();
  await repository.git.text(["switch", "--quiet", "main"]);
  await repository.commit("fix: mend it", { "src/a.txt": "mended\n" });
  await repository.git.text(["switch", "--quiet", "lts/1.0"]);
  await repository.git.text(["merge", "--quiet", "--no-ff", "-m", "merge trunk", "main"]);
  await repository.git.text(["push", "--quiet", "origin", "HEAD"]);
  const line = await readLine(repository);
  expect(line.commits.at(-1)?.is).toMatchObject({ kind: "refused", rule: "merge" });
});
