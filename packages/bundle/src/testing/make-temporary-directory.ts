import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new folder for the running test, removed when it ends. */
export async function makeTemporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "bundle-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
