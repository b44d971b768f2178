import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Of a larger write the system takes a part and says so, as it does on a disk that fills up. */
const MAX_FILE_BLOCKS = 8;
const CONTENT_BYTES = 64 * 1024;
const RUN_WITHIN_MS = 30_000;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shortline-write-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a script in a process that may write small files only. */
function runLimited(script: string) {
  const limited = `ulimit -f ${MAX_FILE_BLOCKS} && exec "$0" --input-type=module --eval "$1"`;
  return spawnSync("sh", ["-c", limited, process.execPath, script], {
    encoding: "utf8",
    timeout: RUN_WITHIN_MS,
  });
}

test("a file that is written in part only is a failure, and the old file stays", () => {
  const file = join(directory, "file");
  writeFileSync(file, "old");
  const module = JSON.stringify(join(import.meta.dirname, "write-durably.ts"));
  const run = runLimited(`const { writeDurably } = await import(${module});
    writeDurably(${JSON.stringify(file)}, "x".repeat(${CONTENT_BYTES}), 0o644);`);
  expect(run.stderr).toContain("EFBIG");
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(directory)).toEqual(["file"]);
});

test("so is a journal entry", () => {
  const module = join(import.meta.dirname, "..", "journal", "operation-journal.ts");
  const run = runLimited(`const { beginJournal } = await import(${JSON.stringify(module)});
    const at = "2026-01-01T00:00:00.000Z";
    const journal = beginJournal(${JSON.stringify(directory)}, { event: "begun", at, kind: "upgrade" });
    journal.append({ event: "turned-back", at, reason: "x".repeat(${CONTENT_BYTES}) });`);
  expect(run.stderr).toContain("EFBIG");
});
