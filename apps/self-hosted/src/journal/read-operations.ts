import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { compareVersions } from "../releases/compare-versions.ts";
import { listJournals } from "./journal-name.ts";
import type { Operation, OperationBegun, OperationEvent, StepName } from "./operation.ts";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * All operations of a site, oldest first. A last line that a kill cut short is
 * ignored; any other damage is `journal-damaged`, because guessing could lose data.
 */
export function readOperations(directory: string): SiteResult<readonly Operation[]> {
  const operations: Operation[] = [];
  try {
    for (const { name } of listJournals(directory)) {
      const file = join(directory, name);
      const operation = readOperation(file);
      if (operation === "damaged") return damaged(file);
      if (operation !== null) operations.push(operation);
    }
  } catch (error) {
    return { ok: false, failure: describeSystemError(error, `read ${directory}`) };
  }
  return done(operations);
}

/** The operation that began and did not end, if there is one. */
export function unfinishedOperation(operations: readonly Operation[]): Operation | null {
  return operations.findLast((operation) => operation.ended === null) ?? null;
}

/** The lines of a journal that were written whole, and how many bytes they are. */
export function readJournalFile(file: string): {
  readonly lines: readonly string[];
  readonly completeBytes: number;
} {
  const bytes = readFileSync(file);
  const completeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes
    .subarray(0, completeBytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  return { lines, completeBytes };
}

function readOperation(file: string): Operation | "damaged" | null {
  const { lines } = readJournalFile(file);
  const entries = lines.map(parseEntry);
  const [begun, ...events] = entries;
  // Killed before the first line was whole: nothing had been done yet.
  if (begun === undefined) return null;
  if (begun === null || begun.event !== "begun" || !isSound(begun)) return "damaged";
  const known: OperationEvent[] = [];
  for (const event of events) {
    if (event === null || event.event === "begun") return "damaged";
    known.push(event);
  }
  return foldEvents(file, begun, known);
}

/** Versions and the time become parts of paths: nothing else may be in them. */
function isSound({ at, fromVersion, toVersion }: OperationBegun): boolean {
  return TIME.test(at) && compareVersions(fromVersion, toVersion) !== null;
}

function parseEntry(line: string): OperationBegun | OperationEvent | null {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry = typeof entry === "object" && entry !== null && "event" in entry;
    // Only this program writes journals; the event's name tells which entry it is.
    return isEntry ? (entry as OperationBegun | OperationEvent) : null;
  } catch {
    return null;
  }
}

function foldEvents(
  journalFile: string,
  begun: OperationBegun,
  events: readonly OperationEvent[],
): Operation {
  const started = new Set<StepName>();
  const finished = new Set<StepName>();
  let turnedBack = false;
  let ended: "new" | "old" | null = null;
  let endedAt: string | null = null;
  for (const event of events) {
    if (event.event === "step" && event.state === "started") started.add(event.step);
    if (event.event === "step" && event.state === "finished") finished.add(event.step);
    if (event.event === "turned-back") turnedBack = true;
    if (event.event === "ended") {
      ended = event.outcome;
      endedAt = event.at;
    }
  }
  return { ...begun, journalFile, started, finished, turnedBack, ended, endedAt };
}

function damaged(file: string): SiteResult<never> {
  return failed(
    "journal-damaged",
    `The journal ${file} is damaged, so how far that operation came is not known.`,
    "Run shortlinectl status and shortlinectl verify; when the release that serves is intact, move that journal file away.",
  );
}
