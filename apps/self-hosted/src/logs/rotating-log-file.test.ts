import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LOG_FILE_NAME, RotatingLogFile } from "./rotating-log-file.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
let directory: string;
let nowMs: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shortline-logs-"));
  nowMs = Date.now();
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (bounds: { maxSizeBytes?: number; maxFiles?: number; maxAgeDays?: number } = {}) =>
  new RotatingLogFile({
    directory,
    maxSizeBytes: 1_000_000,
    maxFiles: 3,
    maxAgeDays: 7,
    // Each look is a moment later, so that every rotated file has a name of its own.
    now: () => new Date(nowMs++),
    ...bounds,
  });

async function writeAndClose(file: RotatingLogFile, text: string): Promise<void> {
  file.end(text);
  await once(file, "close");
}

const current = () => readFileSync(join(directory, LOG_FILE_NAME), "utf8");

test("lines go to one file, and a new process goes on in it", async () => {
  await writeAndClose(open(), "one\n");
  await writeAndClose(open(), "two\n");
  expect(current()).toBe("one\ntwo\n");
});

test("a file that would grow over its size is ended, and only the newest are kept", async () => {
  for (let at = 0; at < 6; at += 1) await writeAndClose(open({ maxSizeBytes: 10 }), `line ${at}\n`);
  const names = readdirSync(directory).toSorted();
  expect(names).toHaveLength(3);
  expect(current()).toBe("line 5\n");
  expect(names.map((name) => readFileSync(join(directory, name), "utf8")).toSorted()).toEqual([
    "line 3\n",
    "line 4\n",
    "line 5\n",
  ]);
});

test("files over their age are deleted, other people's files are not", async () => {
  const old = join(directory, "shortline-20200101T000000000Z-1.log");
  const foreign = join(directory, "notes.log");
  for (const file of [old, foreign]) {
    writeFileSync(file, "x");
    utimesSync(file, new Date(nowMs - 8 * DAY_MS), new Date(nowMs - 8 * DAY_MS));
  }
  await writeAndClose(open(), "new\n");
  expect(readdirSync(directory).toSorted()).toEqual(["notes.log", LOG_FILE_NAME]);
});

test("after a day a file is ended even when it is small", async () => {
  await writeAndClose(open(), "yesterday\n");
  nowMs += DAY_MS + 60_000;
  await writeAndClose(open(), "today\n");
  expect(current()).toBe("today\n");
  expect(readdirSync(directory)).toHaveLength(2);
});

test("a file that was moved away is begun anew, and no line is lost", async () => {
  const file = open();
  renameSync(join(directory, LOG_FILE_NAME), join(directory, "moved.log"));
  await writeAndClose(file, "after\n");
  expect(current()).toBe("after\n");
});

test("two writers at once lose no line", async () => {
  const [one, two] = [
    open({ maxSizeBytes: 500, maxFiles: 1000 }),
    open({ maxSizeBytes: 500, maxFiles: 1000 }),
  ];
  for (let at = 0; at < 100; at += 1) {
    one.write(`one ${at}\n`);
    two.write(`two ${at}\n`);
  }
  await Promise.all([writeAndClose(one, "one end\n"), writeAndClose(two, "two end\n")]);
  const lines = readdirSync(directory).flatMap((name) =>
    readFileSync(join(directory, name), "utf8").trim().split("\n"),
  );
  expect(new Set(lines).size).toBe(202);
});
