import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { configSchema } from "../policy/config.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { readPendingChangesets } from "./pending-changesets.ts";
import type { PendingChangesets } from "./pending-changesets.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

const policy = configSchema.parse({
  product: "sample",
  changesets: { package: "@sample/site" },
  build: { commands: [["true"]], output: "dist" },
});

function manifest(name: string, dependencies: Record<string, string> = {}): string {
  return JSON.stringify({ name, version: "0.0.0", private: true, dependencies });
}

/** A pnpm workspace: the product depends on core and shares its version with its client. */
async function workspace(files: Record<string, string>): Promise<TestRepository> {
  const repository = await createTestRepository({
    files: {
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/core/package.json": manifest("@sample/core"),
      "packages/site/package.json": manifest("@sample/site", { "@sample/core": "workspace:*" }),
      "packages/client/package.json": manifest("@sample/client"),
      "packages/tool/package.json": manifest("tool"),
      ".changeset/config.json": JSON.stringify({ fixed: [["@sample/site", "@sample/cl*"]] }),
      ".changeset/README.md": "# Changesets\n",
      ...files,
    },
  });
  made.push(repository);
  return repository;
}

async function pending(
  repository: TestRepository,
  cutCommits: readonly string[] = [],
): Promise<PendingChangesets> {
  const commit = await repository.git.text(["rev-parse", "HEAD"]);
  const privateDirectory = join(repository.directory, ".git", "trunkline");
  const owned = { privateDirectory, pid: process.pid };
  return readPendingChangesets({ git: repository.git, policy, commit, cutCommits, ...owned });
}

const changeset = (name: string, bump: string): string => `---\n"${name}": ${bump}\n---\n\nIt.\n`;

test("counts the product's package, its fixed group and what it is made of; no other package", async () => {
  const repository = await workspace({
    ".changeset/core.md": changeset("@sample/core", "minor"),
    ".changeset/client.md": changeset("@sample/client", "patch"),
    ".changeset/tool.md": changeset("tool", "major"),
  });
  const found = await pending(repository);
  expect(found.changesets.map(({ id, bump }) => [id, bump])).toEqual([
    ["client", "patch"],
    ["core", "minor"],
  ]);
  expect(found.bump).toBe("minor");
  expect(found.versionFiles).toEqual([
    "packages/client/package.json",
    "packages/site/package.json",
  ]);
});

test("a changeset that was pending where a line was cut is consumed, though it is still there", async () => {
  const repository = await workspace({ ".changeset/one.md": changeset("@sample/site", "major") });
  const cut = await repository.git.text(["rev-parse", "HEAD"]);
  await repository.commit("docs: more", {
    ".changeset/two.md": changeset("@sample/site", "patch"),
  });
  expect((await pending(repository)).bump).toBe("major");
  expect(await pending(repository, [cut])).toMatchObject({
    bump: "patch",
    changesets: [{ id: "two" }],
  });
});

test.each([
  ["without a package", "just words"],
  ["of an unknown package", changeset("@sample/none", "minor")],
  ["with an unknown bump", changeset("@sample/site", "huge")],
])("a changeset %s is named, and what to do", async (_name, text) => {
  const repository = await workspace({ ".changeset/bad.md": text });
  await expect(pending(repository)).rejects.toThrow(/changesets of .* cannot be read/);
});

test("leaves nothing behind, and removes what a killed run left", async () => {
  const repository = await workspace({ ".changeset/one.md": changeset("@sample/site", "minor") });
  const folder = join(repository.directory, ".git", "trunkline", "changesets");
  await mkdir(join(folder, "trunkline-999999999-1-killed"), { recursive: true });
  expect((await pending(repository)).bump).toBe("minor");
  expect(await readdir(folder)).toEqual([]);
});

test("a repository without changesets has none pending; one without the product is told", async () => {
  const repository = await workspace({});
  await repository.git.text(["rm", "--quiet", "-r", ".changeset"]);
  await repository.commit("chore: drop changesets");
  expect(await pending(repository)).toMatchObject({ changesets: [], bump: "none" });
  await repository.git.text(["rm", "--quiet", "-r", "packages/site"]);
  await repository.commit("chore: drop the product");
  await expect(pending(repository)).rejects.toThrow('No package.json is named "@sample/site"');
});
