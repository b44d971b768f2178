import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OperationBegun } from "./operation.ts";
import { beginJournal, continueJournal } from "./operation-journal.ts";
import { readOperations, unfinishedOperation } from "./read-operations.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shortline-journal-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const begun = (at: string): OperationBegun => ({
  schemaVersion: 1,
  event: "begun",
  at,
  kind: "upgrade",
  fromVersion: "1.0.0",
  toVersion: "1.0.1",
  bundle: { file: "/bundle.tar.gz", sha256: "00", signatureFile: "/bundle.tar.gz.sig" },
  toWasInstalled: false,
});
const AT = "2026-01-01T00:00:00.000Z";

const read = () => {
  const operations = readOperations(directory);
  if (!operations.ok) throw new Error(operations.failure.message);
  return operations.value;
};

test("no journal directory means no operation", () => {
  expect(readOperations(join(directory, "none"))).toEqual({ ok: true, value: [] });
});

test("an operation is unfinished until it ended", () => {
  const journal = beginJournal(directory, begun(AT));
  journal.append({ event: "step", at: AT, step: "unpack", state: "started" });
  expect(unfinishedOperation(read())).toMatchObject({
    toVersion: "1.0.1",
    started: new Set(["unpack"]),
    finished: new Set(),
  });
  journal.append({ event: "step", at: AT, step: "unpack", state: "finished" });
  journal.append({ event: "ended", at: AT, outcome: "new" });
  expect(unfinishedOperation(read())).toBe(null);
  expect(read()).toMatchObject([{ ended: "new", finished: new Set(["unpack"]) }]);
});

test("a journal cut off at any byte is read up to its last whole line, and can be continued", () => {
  const { file, append } = beginJournal(directory, begun(AT));
  append({ event: "step", at: AT, step: "unpack", state: "started" });
  append({ event: "step", at: AT, step: "unpack", state: "finished" });
  const whole = readFileSync(file);
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(file, whole.subarray(0, length));
    const [operation] = read();
    const lines = whole.subarray(0, length).toString().split("\n").length - 1;
    expect((operation?.started.size ?? -1) + (operation?.finished.size ?? 0)).toBe(lines - 1);
    if (operation === undefined) continue;
    continueJournal(file).append({ event: "ended", at: AT, outcome: "old" });
    expect(read()).toMatchObject([{ ended: "old" }]);
  }
});

test("damage that a kill cannot cause is not guessed around", () => {
  const { file } = beginJournal(directory, begun(AT));
  appendFileSync(file, '{"event":\n');
  expect(readOperations(directory)).toMatchObject({
    ok: false,
    failure: { code: "journal-damaged" },
  });
});

test.each([{ toVersion: "../1.0.1" }, { fromVersion: "/" }, { at: "2026-01-01T00:00:00.000Z/.." }])(
  "what would lead out of the site is damage: %o",
  (part) => {
    const { file } = beginJournal(directory, begun(AT));
    writeFileSync(file, `${JSON.stringify({ ...begun(AT), ...part })}\n`);
    expect(readOperations(directory)).toMatchObject({ failure: { code: "journal-damaged" } });
  },
);

test("a discarded journal is gone", () => {
  beginJournal(directory, begun(AT)).discard();
  expect(read()).toEqual([]);
});

test("old journals are deleted, the newest are kept", () => {
  for (let minute = 0; minute < 55; minute += 1) {
    const at = `2026-01-01T00:${String(minute).padStart(2, "0")}:00.000Z`;
    beginJournal(directory, begun(at)).append({ event: "ended", at, outcome: "new" });
  }
  expect(read()).toHaveLength(51);
  expect(read().at(-1)?.at).toBe("2026-01-01T00:54:00.000Z");
});

test("a clock that goes back changes neither what is unfinished nor what is newest", () => {
  beginJournal(directory, begun("2026-06-01T00:00:00.000Z")).append({
    event: "ended",
    at: AT,
    outcome: "new",
  });
  const earlier = beginJournal(directory, { ...begun(AT), toVersion: "1.0.2" });
  expect(unfinishedOperation(read())).toMatchObject({ toVersion: "1.0.2" });
  earlier.append({ event: "ended", at: AT, outcome: "new" });
  expect(read().map((operation) => operation.toVersion)).toEqual(["1.0.1", "1.0.2"]);
});

test("an unfinished operation counts, whatever ended after it", () => {
  beginJournal(directory, begun(AT));
  beginJournal(directory, { ...begun(AT), toVersion: "1.0.2" }).append({
    event: "ended",
    at: AT,
    outcome: "new",
  });
  expect(unfinishedOperation(read())).toMatchObject({ toVersion: "1.0.1" });
});
