import { afterEach, expect, test } from "vitest";
import { recordRollback, recordService } from "../testing/record-service.ts";
import { runJson } from "../testing/run-json.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

const changeset = (bump: string, text: string): string =>
  `---\n"sample": ${bump}\n---\n\n${text}\n`;

async function begin(files: Record<string, string> = {}): Promise<TestRepository> {
  const repository = await createTestRepository({ files });
  made.push(repository);
  return repository;
}

/** A commit on trunk that began to serve some hours ago; the bake time is one. */
async function proven(
  repository: TestRepository,
  name: string,
  beganHoursAgo = 2,
): Promise<string> {
  const commit = await repository.commit(`fix: ${name}`, { [`src/${name}.txt`]: `${name}\n` });
  await recordService(repository, { commit, deployment: name, beganHoursAgo });
  return commit;
}

async function show(repository: TestRepository, what: string): Promise<string> {
  await repository.git.text(["fetch", "--quiet", "origin"]);
  return repository.git.text(["show", what]);
}

test("cuts the first line: branch, version, notes, consumed changesets, ledger", async () => {
  const repository = await begin({
    ".changeset/brave-cats.md": changeset(
      "minor",
      "Links may expire.\n\n## What you must do\n\nSet `ttl`.\n\n## Removed\n\nThe old flag.",
    ),
  });
  const commit = await proven(repository, "one");
  await repository.git.text(["switch", "--quiet", "-c", "mine"]);
  const shown = await runJson(repository, ["cut"]);
  expect(shown).toMatchObject({ code: 0, data: { applied: false, schemaVersion: 1 } });
  const run = await runJson(repository, ["cut", "--apply"]);
  expect(run.stderr).not.toContain("trunkline:");
  expect(run).toMatchObject({
    code: 0,
    data: {
      applied: true,
      line: "1.0",
      version: "1.0.0",
      branch: "lts/1.0",
      commit,
      provenBy: "one",
    },
  });
  expect(await show(repository, "origin/lts/1.0:package.json")).toContain('"version": "1.0.0"');
  expect(await show(repository, "origin/main:package.json")).toContain('"version": "1.0.0"');
  const notes = await show(repository, "origin/lts/1.0:RELEASE-NOTES.md");
  expect(notes).toMatch(
    /## What changed\n\n- Links may expire\.\n\n## What you must do\n\n- Set `ttl`\.\n\n## What was removed\n\n- The old flag\./,
  );
  for (const branch of ["lts/1.0", "main"]) {
    const tree = await repository.git.text(["ls-tree", "-r", "--name-only", `origin/${branch}`]);
    expect(tree).not.toContain("brave-cats");
  }
  expect(await repository.git.text(["rev-parse", "origin/lts/1.0^"])).toBe(commit);
  expect(await repository.git.text(["status", "--porcelain"])).toBe("");
  expect(await repository.git.text(["branch", "--show-current"])).toBe("mine");
  expect(await runJson(repository, ["check"])).toMatchObject({ code: 0, data: { findings: [] } });
  expect(await runJson(repository, ["cut", "--apply"])).toMatchObject({
    code: 0,
    data: { applied: false, line: "1.0", version: "1.0.0" },
  });
});

test("refuses what is not proven, with the reason and the newest commit that is", async () => {
  const repository = await begin();
  const good = await proven(repository, "good", 5);
  const bad = await repository.commit("fix: bad", { "src/bad.txt": "x\n" });
  await recordService(repository, { commit: bad, deployment: "bad", beganHoursAgo: 1.9 });
  await recordRollback(repository, {
    commit: good,
    deployment: "good",
    from: "bad",
    beganHoursAgo: 0.4,
  });
  const never = await repository.commit("fix: never deployed", { "src/never.txt": "x\n" });
  const fresh = await repository.commit("fix: fresh", { "src/fresh.txt": "x\n" });
  await recordService(repository, { commit: fresh, deployment: "fresh", beganHoursAgo: 0.1 });
  await repository.git.text(["switch", "--quiet", "-c", "aside"]);
  const aside = await repository.commit("fix: aside", { "src/aside.txt": "x\n" });
  const cases = [
    [bad, "rolled back in production"],
    [never, "never served in production"],
    [fresh, "it qualifies at"],
    [aside, "not on trunk"],
  ] as const;
  for (const [commit, reason] of cases) {
    const run = await repository.trunkline(["cut", commit, "--apply"]);
    expect(run.code).toBe(3);
    expect(run.stdout).toContain(reason);
    expect(run.stdout).toContain(good);
  }
  expect((await repository.trunkline(["cut", "no-such", "--apply"])).code).toBe(2);
  expect(await repository.git.text(["ls-remote", "origin", "refs/heads/lts/*"])).toBe("");
});

test("refuses when nothing is proven and says when something will be", async () => {
  const repository = await begin();
  expect(await runJson(repository, ["cut"])).toMatchObject({
    code: 3,
    data: { plan: { refusals: [{ code: "not-proven" }] } },
  });
  const commit = await repository.commit("fix: fresh", { "src/fresh.txt": "x\n" });
  await recordService(repository, { commit, deployment: "fresh", beganHoursAgo: 0.5 });
  const run = await repository.trunkline(["cut"]);
  expect(run.stdout).toContain("is baking: it qualifies at");
});

test("bumps the next line by the highest changeset, and does not count one twice", async () => {
  const repository = await begin({ ".changeset/first.md": changeset("major", "Begin.") });
  await proven(repository, "one");
  expect((await repository.trunkline(["cut", "--apply"])).code).toBe(0);
  // Trunk has moved by the cut's bookkeeping; this clone goes on from before it.
  await repository.commit("fix: before the bookkeeping").catch(() => undefined);
  await repository.git.text(["reset", "--quiet", "--hard", "HEAD~1"]);
  await repository.git.text(["pull", "--quiet", "--ff-only", "origin", "main"]);
  const plain = await proven(repository, "two");
  const refused = await runJson(repository, ["cut", plain, "--apply"]);
  expect(refused).toMatchObject({
    code: 3,
    data: { plan: { refusals: [{ code: "nothing-to-release" }] } },
  });
  await repository.commit("docs: say it", { ".changeset/patch.md": changeset("patch", "Mended.") });
  await proven(repository, "three");
  expect(await runJson(repository, ["cut", "--apply"])).toMatchObject({
    code: 0,
    data: { version: "1.1.0" },
  });
  await repository.git.text(["pull", "--quiet", "--ff-only", "origin", "main"]);
  await repository.commit("docs: say it", {
    ".changeset/big.md": changeset("major", "All new."),
    ".changeset/small.md": changeset("patch", "Mended."),
  });
  await proven(repository, "four");
  expect(await runJson(repository, ["cut", "--apply"])).toMatchObject({
    code: 0,
    data: { version: "2.0.0" },
  });
  await repository.git.text(["pull", "--quiet", "--ff-only", "origin", "main"]);
  await proven(repository, "five");
  expect(await runJson(repository, ["cut", "--allow-empty", "--apply"])).toMatchObject({
    code: 0,
    data: { version: "2.1.0" },
  });
  expect(await runJson(repository, ["check"])).toMatchObject({ code: 0, data: { findings: [] } });
});
