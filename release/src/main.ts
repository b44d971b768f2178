import { readFile } from "node:fs/promises";
import { runCli } from "./cli/run-cli.ts";

/** A step that does not end by itself is left where it is: every verb can be run again. */
const stopGraceMs = 10_000;

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130);
    process.stderr.write(
      `trunkline: ${signal}: stopping; run the same command again to continue\n`,
    );
    interrupted.abort();
    setTimeout(() => process.exit(130), stopGraceMs).unref();
  });
}

// A reader that has seen enough (`| head`) closes the pipe; data is printed when all is done.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});

const packageText = await readFile(new URL("../package.json", import.meta.url), "utf8");
const environment = Object.entries(process.env).filter(
  (pair): pair is [string, string] => pair[1] !== undefined,
);
// Set when a hook or `git rebase --exec` calls: no library of this process may follow them elsewhere.
for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"])
  Reflect.deleteProperty(process.env, name);

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  version: versionIn(JSON.parse(packageText)),
  print: (text) => process.stdout.write(text),
  context: {
    cwd: process.cwd(),
    env: Object.fromEntries(environment),
    now: () => new Date(),
    tell: (line) => process.stderr.write(`${line}\n`),
    isTerminal: process.stderr.isTTY,
    signal: interrupted.signal,
    nodePath: process.execPath,
    pid: process.pid,
  },
});

function versionIn(manifest: unknown): string {
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? manifest.version
      : null;
  return typeof version === "string" ? version : "unknown";
}
