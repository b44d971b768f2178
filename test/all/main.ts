import { resolve } from "node:path";
import { runTool } from "../run-tool.ts";
import { runTests } from "./run-tests.ts";
import { judgeTestRun } from "./judge-test-run.ts";

const checkTimeoutMs = 600_000;
const root = resolve(import.meta.dirname, "../..");
const isCi = process.env["CI"] === "true";

process.stderr.write("Checkers (pnpm check):\n");
const check = await runTool({
  program: process.execPath,
  args: [resolve(root, "test/check/main.ts")],
  cwd: root,
  env: process.env,
  timeoutMs: checkTimeoutMs,
});
process.stderr.write(`${check.output}\n`);
// The tests run even when a checker failed: one run shows all there is to mend.
const verdict = judgeTestRun(await runTests(root, process.argv.slice(2)), isCi);
process.stdout.write(`\n${check.exitCode === 0 ? "Checkers: passed." : "Checkers: FAILED."}\n`);
process.stdout.write(verdict.text);
process.exitCode = check.exitCode === 0 && verdict.passed ? 0 : 1;
