import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { checkers } from "./checkers.ts";
import { runCheckers, type CheckerResult } from "./run-checkers.ts";

const root = resolve(import.meta.dirname, "../..");
const startedAt = performance.now();
const results = await runCheckers(checkers, {
  root,
  env: process.env,
  concurrency: Math.min(availableParallelism(), 4),
  onResult: (result) => process.stderr.write(describeResult(result)),
});
const failed = results.filter((result) => !result.passed);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stderr.write(
  failed.length === 0
    ? `\nAll ${results.length} checkers passed in ${seconds} s.\n`
    : `\n${failed.length} of ${results.length} checkers failed in ${seconds} s: ${failed.map((result) => result.checker.name).join(", ")}.\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function describeResult(result: CheckerResult): string {
  const { checker } = result;
  const time = `${(result.durationMs / 1000).toFixed(1).padStart(5)} s`;
  const line = `${result.passed ? "ok  " : "FAIL"} ${checker.name.padEnd(11)}${time}  ${checker.proves}\n`;
  return result.passed ? line : `${line}\n${result.output.trim()}\n\n`;
}
