import { relative } from "node:path";
import { startVitest, type TestModule } from "vitest/node";
import type { SkippedTest, TestTotals } from "./judge-test-run.ts";

/**
 * Runs every tier, or the named projects, and returns what happened to each test.
 * A file that could not be loaded and an error outside any test count as failures.
 */
export async function runTests(root: string, projects: readonly string[]): Promise<TestTotals> {
  const vitest = await startVitest([], {
    root,
    watch: false,
    run: true,
    ...(projects.length > 0 ? { project: [...projects] } : {}),
  });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string): number =>
    tests.filter((test) => test.result().state === state).length;
  const brokenModules = modules.filter((module) => hasOwnErrors(module)).length;
  const totals = {
    passed: count("passed"),
    failed: count("failed") + brokenModules + vitest.state.getUnhandledErrors().length,
    skipped: modules.flatMap((module) => listSkipped(root, module)),
  };
  await vitest.close();
  return totals;
}

function hasOwnErrors(module: TestModule): boolean {
  return (
    module.errors().length > 0 ||
    [...module.children.allSuites()].some((suite) => suite.errors().length > 0)
  );
}

function listSkipped(root: string, module: TestModule): readonly SkippedTest[] {
  const file = relative(root, module.moduleId);
  return [...module.children.allTests("skipped")].map((test) => {
    const result = test.result();
    return {
      file,
      name: test.fullName,
      reason: result.state === "skipped" ? result.note : undefined,
    };
  });
}
