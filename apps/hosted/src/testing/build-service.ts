import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { runNode } from "./run-node.ts";

/** A fresh build in a folder of its own, away from the checkout. */
export interface BuiltService extends AsyncDisposable {
  readonly directory: string;
}

const appDirectory = join(import.meta.dirname, "../..");
const tsupDirectory = dirname(createRequire(import.meta.url).resolve("tsup/package.json"));

/** Builds the service as it is deployed. Rejects with the build's output when that fails. */
export async function buildService(): Promise<BuiltService> {
  const directory = await mkdtemp(join(tmpdir(), "shortline-hosted-build-"));
  const words = [join(tsupDirectory, "dist/cli-default.js"), "--out-dir", directory];
  const build = runNode(words, { cwd: appDirectory, env: {} });
  const output = Promise.all([text(build.stdout), text(build.stderr)]);
  await once(build, "close");
  if (build.exitCode !== 0) throw new Error(`the build failed:\n${(await output).join("\n")}`);
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
