import { readdirSync } from "node:fs";
import { errorCode } from "../failure/describe-system-error.ts";
import type { OperationBegun } from "./operation.ts";

const SEQUENCE_DIGITS = 8;
const NAME = /^(\d{8})-.*\.jsonl$/;

export type JournalName = { readonly name: string; readonly sequence: number };

/**
 * The journals in a directory, oldest first. Their order is that of the number in front
 * of each name, never that of the clock, which may go back; a name without one is the oldest.
 */
export function listJournals(directory: string): readonly JournalName[] {
  return fileNames(directory)
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted()
    .map((name) => ({ name, sequence: Number(NAME.exec(name)?.[1] ?? 0) }))
    .toSorted((left, right) => left.sequence - right.sequence);
}

/** A name for a new journal, after all that are there. */
export function nextJournalName(directory: string, { at, kind }: OperationBegun): string {
  const newest = listJournals(directory).at(-1)?.sequence ?? 0;
  const sequence = String(newest + 1).padStart(SEQUENCE_DIGITS, "0");
  return `${sequence}-${at.replaceAll(/[:.]/g, "-")}-${kind}.jsonl`;
}

function fileNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
