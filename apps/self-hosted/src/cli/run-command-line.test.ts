import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ambient } from "./ambient.ts";
import { runCommandLine } from "./run-command-line.ts";
import { VERBS } from "./verbs.ts";

/** A verb is loaded from its sources when it first runs, which takes a while on a busy machine. */
const LOADED_WITHIN_MS = 60_000;

async function run(...args: readonly string[]) {
  const said = { out: "", err: "" };
  const ambient: Ambient = {
    args,
    env: {},
    releaseDirectory: "/nowhere",
    isRoot: false,
    now: () => new Date(0),
    writeOut: (text) => (said.out += text),
    writeErr: (text) => (said.err += text),
    onSignal: () => undefined,
    killSelf: () => undefined,
  };
  return { exitCode: await runCommandLine(ambient), ...said };
}

test.each(VERBS.map((verb) => verb.name))(
  "%s --help explains itself, with an example",
  async (name) => {
    const { exitCode, out } = await run(...name.split(" "), "--help");
    expect(exitCode).toBe(0);
    expect(out).toMatch(/\nExample:\n {2}\S/);
    expect(out).not.toContain("kill-after");
  },
);

test.each([
  [["instal"], "Did you mean install?"],
  [["config", "chekc"], "Did you mean check?"],
  [["upgrade", "--bundel", "x"], "Did you mean --bundle?"],
  [["status", "more"], "too many arguments"],
  [["upgrade", "--resume", "--rollback"], "cannot be used with"],
  [["upgrade"], "[usage]"],
])("%j is a usage error with exit code 2", { timeout: LOADED_WITHIN_MS }, async (args, part) => {
  const { exitCode, err, out } = await run(...args);
  expect(exitCode).toBe(2);
  expect(err).toContain(part);
  expect(out).toBe("");
});

test(
  "a failure is printed once, with its code and what to do; --json has it on stdout",
  { timeout: LOADED_WITHIN_MS },
  async () => {
    const prefix = mkdtempSync(join(tmpdir(), "shortline-cli-"));
    const { exitCode, out, err } = await run("status", "--prefix", prefix, "--json");
    rmSync(prefix, { recursive: true });
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, ok: false, code: "not-installed" });
    expect(err).toMatch(/^shortlinectl: No release .* \[not-installed\]\n {2}Next: .+\n$/);
  },
);
