import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTool, type ToolRun } from "../run-tool.ts";

/** The newest that the Go compiler of Debian 12 still builds. */
const version = "v1.7.7";
const installTimeoutMs = 110_000;
const workflows = resolve(import.meta.dirname, "../../.github/workflows");
const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
const bin = join(cache, "shortline-ci", `actionlint-${version}`);
const scratch = mkdtempSync(join(tmpdir(), "actionlint-"));
const noGo = await whyNoActionlint();

beforeAll(() => {
  cpSync(resolve(workflows, ".."), join(scratch, ".github"), { recursive: true });
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

test("actionlint finds nothing in the workflows", async (context) => {
  if (noGo !== null) return context.skip(noGo);
  const { exitCode, output } = await lint();
  expect(exitCode, output).toBe(0);
});

test("actionlint finds a planted fault", async (context) => {
  if (noGo !== null) return context.skip(noGo);
  const planted = join(scratch, ".github/workflows/planted.yml");
  writeFileSync(planted, "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n");
  const { exitCode, output } = await lint();
  expect(exitCode).toBe(1);
  expect(output).toContain('unexpected key "step"');
});

async function lint(): Promise<ToolRun> {
  const files = globSync(".github/workflows/*.yml", { cwd: scratch });
  const config = ["-no-color", "-config-file", ".github/actionlint.yaml"];
  return run(join(bin, "actionlint"), [...config, ...files]);
}

/** Installs actionlint where Go is present. @returns why there is none, or null */
async function whyNoActionlint(): Promise<string | null> {
  mkdirSync(bin, { recursive: true });
  const target = `github.com/rhysd/actionlint/cmd/actionlint@${version}`;
  const install = await run("go", ["install", target]).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (install?.exitCode === 0) return null;
  const reason =
    install === null
      ? "no Go here to build actionlint with (Debian package golang-go)"
      : `actionlint cannot be built: ${install.output.trim()}`;
  if (process.env["CI"] === "true") throw new Error(`${reason}; in CI nothing is skipped`);
  return reason;
}

async function run(program: string, args: readonly string[]): Promise<ToolRun> {
  const env = { ...process.env, GOBIN: bin };
  return runTool({ program, args, cwd: scratch, env, timeoutMs: installTimeoutMs });
}
