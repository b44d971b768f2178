import { access, chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { withFreshClone } from "./fresh-clone.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

test("no hook of the user's own settings runs in a fresh clone", async () => {
  const repository = await createTestRepository();
  made.push(repository);
  const { git, root } = repository;
  const commit = await git.text(["rev-parse", "HEAD"]);
  const hooks = join(root, "hooks");
  await mkdir(hooks);
  for (const name of ["post-checkout", "reference-transaction"]) {
    await writeFile(join(hooks, name), `#!/bin/sh\ntouch "${root}/hook-ran"\n`);
    await chmod(join(hooks, name), 0o755);
  }
  await git.text(["config", "--global", "core.hooksPath", hooks]);
  const clone = { git, commit, tag: "v1.0.0", pid: process.pid };
  const head = await withFreshClone(clone, (directory) => git.in(directory).resolve("v1.0.0"));
  expect(head).toBe(commit);
  await expect(access(join(root, "hook-ran"))).rejects.toThrow("ENOENT");
});
