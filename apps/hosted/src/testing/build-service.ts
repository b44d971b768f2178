import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A fresh build in a folder of its own, away from the checkout. */
export interface BuiltService extends AsyncDisposable {
  readonly directory: string;
}

const appDirectory = join(import.meta.dirname, "../..");
const tsup = createRequire(import.meta.url)
  .resolve("tsup/package.json")
  .replace(/package\.json$/, "dist/cli-default.js");

/** Builds the service as it is deployed. Rejects with the build's output when that fails. */
export async function buildService(): Promise<BuiltService> {
  const directory = await mkdtemp(join(tmpdir(), "shortline-hosted-build-"));
  await promisify(execFile)(process.execPath, [tsup, "--out-dir", directory, "--silent"], {
    cwd: appDirectory,
    timeout: 60_000,
  });
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
