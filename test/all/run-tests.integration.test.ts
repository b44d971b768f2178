import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runTool } from "../run-tool.ts";

const root = resolve(import.meta.dirname, "../..");
let project: string;

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "run-tests-")));
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

/** Runs the tests of the project in a process of its own, since vitest is running this one. */
async function runTests(files: Readonly<Record<string, string>>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  const module = JSON.stringify(join(import.meta.dirname, "run-tests.ts"));
  const script = `const { runTests } = await import(${module});
    const totals = await runTests(${JSON.stringify(project)}, []);
    process.stdout.write("\\nTOTALS " + JSON.stringify(totals) + "\\n", () => process.exit(0));`;
  const { output } = await runTool({
    program: process.execPath,
    args: ["--input-type=module", "--eval", script],
    cwd: project,
    env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    timeoutMs: 60_000,
  });
  const totals: unknown = JSON.parse(/^TOTALS (.*)$/mu.exec(output)?.[1] ?? "null");
  expect(totals, output).not.toBeNull();
  return totals;
}

test("counts what passed and failed, and keeps the reason of what was skipped", async () => {
  const totals = await runTests({
    "a.test.js": `import { test } from "vitest";
      test("passes", () => {});
      test("fails", () => { throw new Error("planted"); });
      test("cannot run", (context) => context.skip("no docker here"));
      test.${"skip"}("says nothing", () => {});`,
  });
  expect(totals).toEqual({
    passed: 1,
    failed: 1,
    skipped: [
      { file: "a.test.js", name: "cannot run", reason: "no docker here" },
      { file: "a.test.js", name: "says nothing" },
    ],
  });
});

test("counts a file that cannot be loaded, and an error outside any test, as failures", async () => {
  const totals = await runTests({
    "a.test.js": 'import { test } from "vitest"; import "./gone.js"; test("a", () => {});',
    "b.test.js": `import { test } from "vitest";
      test("b", async () => { Promise.reject(new Error("planted")); await Promise.resolve(); });`,
  });
  expect(totals).toMatchObject({ passed: 1, failed: 2 });
});
