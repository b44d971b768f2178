import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { pushRefs } from "./push-refs.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function begin(): Promise<{ repository: TestRepository; first: string; second: string }> {
  const repository = await createTestRepository();
  made.push(repository);
  const first = await repository.git.text(["rev-parse", "HEAD"]);
  const second = await repository.git.text([
    "commit-tree",
    "HEAD^{tree}",
    "-p",
    first,
    "-m",
    "next",
  ]);
  return { repository, first, second };
}

const branches = (repository: TestRepository): Promise<string> =>
  repository.git.text(["ls-remote", "origin", "refs/heads/*"]);

test("moves all refs or none: one that moved meanwhile holds the others back", async () => {
  const { repository, first, second } = await begin();
  const line = { ref: "refs/heads/lts/1.0", before: null, after: second };
  const stale = { ref: "refs/heads/main", before: second, after: second };
  const before = await branches(repository);
  expect(await pushRefs(repository.git, "origin", [line, stale])).toBe(false);
  expect(await branches(repository)).toBe(before);
  const trunk = { ref: "refs/heads/main", before: first, after: second };
  expect(await pushRefs(repository.git, "origin", [line, trunk])).toBe(true);
  expect(await pushRefs(repository.git, "origin", [line])).toBe(true);
  expect(await pushRefs(repository.git, "origin", [{ ...line, after: first }])).toBe(false);
});

test("a remote's rule that forbids one of them is told, and moves none", async () => {
  const { repository, first, second } = await begin();
  const hook = join(repository.originDirectory, "hooks", "update");
  await writeFile(
    hook,
    '#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "main is closed" >&2; exit 1; }\n',
  );
  await chmod(hook, 0o755);
  const before = await branches(repository);
  const updates = [
    { ref: "refs/heads/lts/1.0", before: null, after: second },
    { ref: "refs/heads/main", before: first, after: second },
  ];
  await expect(pushRefs(repository.git, "origin", updates)).rejects.toThrow("main is closed");
  expect(await branches(repository)).toBe(before);
});
