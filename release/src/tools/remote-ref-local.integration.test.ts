import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGit } from "./git.ts";
import type { Git } from "./git.ts";
import { publishRef } from "./remote-ref.ts";

const state = { directory: "" };

beforeEach(async () => {
  state.directory = await mkdtemp(join(tmpdir(), "local-refs-"));
});

afterEach(async () => {
  await rm(state.directory, { recursive: true });
});

const identity = { NAME: "Test", EMAIL: "test@example.com" };

async function begin(format: string): Promise<{ git: Git; first: string; second: string }> {
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: state.directory };
  const git = createGit(state.directory, {
    ...env,
    ...Object.fromEntries(
      Object.entries(identity).flatMap(([name, value]) => [
        [`GIT_AUTHOR_${name}`, value],
        [`GIT_COMMITTER_${name}`, value],
      ]),
    ),
  });
  await git.text(["init", "--quiet", `--object-format=${format}`]);
  const tree = await git.text(["mktree"], { input: "" });
  const first = await git.text(["commit-tree", tree, "-m", "first"]);
  const second = await git.text(["commit-tree", tree, "-p", first, "-m", "second"]);
  return { git, first, second };
}

test.each(["sha1", "sha256"])("swaps a ref of a %s repository without a remote", async (format) => {
  const { git, first, second } = await begin(format);
  const swap = (before: string | null, after: string | null): Promise<boolean> =>
    publishRef(git, { remote: "origin", ref: "refs/heads/x", before, after });
  expect(await swap(null, first)).toBe(true);
  expect(await swap(null, second)).toBe(false);
  expect(await swap(second, first)).toBe(false);
  expect(await swap(null, null)).toBe(false);
  expect(await swap(first, second)).toBe(true);
  expect(await swap(first, null)).toBe(false);
  expect(await git.resolve("refs/heads/x")).toBe(second);
  expect(await swap(second, null)).toBe(true);
  expect(await git.resolve("refs/heads/x")).toBeNull();
});

test("a ref that cannot be written is a failure, not somebody else's move", async () => {
  const { git, first } = await begin("sha1");
  const missing = "1".repeat(40);
  const swap = { remote: "origin", before: null };
  await expect(
    publishRef(git, { ...swap, ref: "refs/heads/x", after: missing }),
  ).rejects.toMatchObject({ code: "git-failed" });
  expect(await publishRef(git, { ...swap, ref: "refs/heads/x", after: first })).toBe(true);
  await expect(
    publishRef(git, { ...swap, ref: "refs/heads/x/y", after: first }),
  ).rejects.toMatchObject({ code: "git-failed" });
});
