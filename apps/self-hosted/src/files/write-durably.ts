import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Replaces a file as a whole: after a crash it holds its old content or all of the
 * new one. Throws the operating system's error and leaves the old file in place.
 */
export function writeDurably(file: string, content: string, mode: number): void {
  const temporary = temporaryName(file);
  try {
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(file));
}

/** Points a symlink at `target`, by rename: there is no moment without the link. */
export function replaceSymlink(link: string, target: string): void {
  const temporary = temporaryName(link);
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, link);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(link));
}

/** Makes renames, creations and removals in a directory survive a power cut. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function temporaryName(file: string): string {
  return `${file}.${randomBytes(6).toString("hex")}.new`;
}
