import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { syncDirectory } from "../files/write-durably.ts";
import { listJournals, nextJournalName } from "./journal-name.ts";
import type { OperationBegun, OperationEvent } from "./operation.ts";
import { readJournalFile } from "./read-operations.ts";

/** Journals of ended operations that are kept; older ones are deleted. */
const MAX_KEPT_JOURNALS = 50;

/** The journal of one running operation; every entry is on the disk when `append` returns. */
export type OperationJournal = {
  readonly file: string;
  readonly append: (entry: OperationEvent) => void;
  /** Deletes the journal: the operation changed nothing. */
  discard(): void;
};

/** Begins a journal. Throws the operating system's error, and then leaves none behind. */
export function beginJournal(directory: string, begun: OperationBegun): OperationJournal {
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  deleteOldJournals(directory);
  const file = join(directory, nextJournalName(directory, begun));
  try {
    appendLine(file, begun, "ax");
    syncDirectory(directory);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
  return journalAt(file);
}

/** Goes on with the journal of an operation that was cut off; drops a half-written last line. */
export function continueJournal(file: string): OperationJournal {
  const { completeBytes } = readJournalFile(file);
  truncateSync(file, completeBytes);
  return journalAt(file);
}

function journalAt(file: string): OperationJournal {
  return {
    file,
    append: (entry) => appendLine(file, entry, "a"),
    discard: () => {
      rmSync(file, { force: true });
      syncDirectory(dirname(file));
    },
  };
}

function appendLine(file: string, entry: OperationBegun | OperationEvent, flags: "a" | "ax"): void {
  const descriptor = openSync(file, flags, 0o640);
  try {
    writeFileSync(descriptor, `${JSON.stringify(entry)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function deleteOldJournals(directory: string): void {
  const journals = listJournals(directory);
  for (const { name } of journals.slice(0, Math.max(0, journals.length - MAX_KEPT_JOURNALS))) {
    rmSync(join(directory, name), { force: true });
  }
}
