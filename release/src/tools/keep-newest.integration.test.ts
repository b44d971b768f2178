import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeOldLogs } from "../local-environment/worker-log.ts";
import { buildPaths, removeOldBuildArchives, touchBuild } from "./build-store.ts";
import { keepNewest } from "./keep-newest.ts";
import { runLogged } from "./run-logged.ts";

const state = { directory: "" };

beforeEach(async () => {
  state.directory = await mkdtemp(join(tmpdir(), "keep-newest-"));
});

afterEach(async () => {
  await rm(state.directory, { recursive: true });
});

/** Files of ascending age: the first is the newest. */
async function writeAged(names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    await writeFile(join(state.directory, name), "");
    await utimes(join(state.directory, name), 2_000_000 - index, 2_000_000 - index);
  }
}

const numbered = (count: number, ending: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${String(index)}${ending}`);

test("keeps the newest, what is excepted, and what is none of its business", async () => {
  await writeAged(["a.log", "b.log", "c.log", "d.log", "other"]);
  const options = { folder: state.directory, pattern: /\.log$/, count: 2 };
  await keepNewest({ ...options, except: new Set(["d.log"]) });
  expect((await readdir(state.directory)).toSorted()).toEqual(["a.log", "b.log", "d.log", "other"]);
  await keepNewest({ ...options, folder: join(state.directory, "none") });
});

test("logs of retired deployments go, with what they were moved to", async () => {
  await writeAged([...numbered(30, ".log"), "25.log.1", "29.log.1"]);
  await removeOldLogs(state.directory, new Set(["29"]));
  const left = await readdir(state.directory);
  expect(left.toSorted()).toEqual([...numbered(20, ".log"), "29.log", "29.log.1"].toSorted());
});

test("the store keeps the builds used last, and those in use", async () => {
  const commits = numbered(30, "").map((name) => name.padStart(40, "0"));
  for (const [index, commit] of commits.entries()) {
    const { directory } = buildPaths(state.directory, commit);
    await mkdir(directory, { recursive: true });
    await utimes(directory, 2_000_000 - index, 2_000_000 - index);
  }
  const [first = "", serving = "", touched = ""] = [commits[0], commits[29], commits[28]];
  await touchBuild(state.directory, touched);
  await removeOldBuildArchives(state.directory, new Set([serving]));
  const left = await readdir(join(state.directory, "builds"));
  expect(left).toHaveLength(21);
  expect(left).toEqual(expect.arrayContaining([first, serving, touched]));
});

test("a command that prints without end does not fill the disk, nor do many logs", async () => {
  await writeAged(numbered(60, ".log"));
  await runLogged({
    commands: [["sh", "-c", "head -c 70000000 /dev/zero | tr '\\0' x; echo end"]],
    cwd: state.directory,
    env: { PATH: "/usr/bin:/bin" },
    logFile: join(state.directory, "new.log"),
    code: "build-failed",
    signal: new AbortController().signal,
    tell: () => undefined,
  });
  expect((await readdir(state.directory)).length).toBe(51);
  const { size } = await stat(join(state.directory, "new.log"));
  expect(size).toBeGreaterThan(60_000_000);
  expect(size).toBeLessThan(64 * 1024 * 1024 + 1000);
});
