/** A test that did not run. */
export interface SkippedTest {
  readonly file: string;
  readonly name: string;
  /** What the test gave to `context.skip(reason)`; undefined when it said nothing. */
  readonly reason: string | undefined;
}

export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

export interface Verdict {
  readonly passed: boolean;
  readonly text: string;
}

/**
 * Judges a whole test run and writes its closing summary.
 *
 * A run passes when nothing failed, something ran, and each skipped test says
 * why. In CI the machine was prepared for every test, so a skip is a failure.
 */
export function judgeTestRun(totals: TestTotals, isCi: boolean): Verdict {
  const { passed, failed, skipped } = totals;
  const unexplained = skipped.filter(({ reason }) => reason === undefined);
  const problems = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(passed + failed === 0 ? ["no test ran at all"] : []),
    ...(unexplained.length > 0 ? [`${unexplained.length} skipped without a reason`] : []),
    ...(isCi && skipped.length > 0 ? [`${skipped.length} skipped, and CI skips nothing`] : []),
  ];
  const lines = [
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
    ...describeSkipped(skipped),
    problems.length === 0 ? "Tests: passed." : `Tests: FAILED: ${problems.join("; ")}.`,
  ];
  return { passed: problems.length === 0, text: `${lines.join("\n")}\n` };
}

function describeSkipped(skipped: readonly SkippedTest[]): readonly string[] {
  const byReason = Map.groupBy(
    skipped,
    ({ reason }) => reason ?? "no reason given: skip with context.skip(reason)",
  );
  return [...byReason].flatMap(([reason, tests]) => [
    `  skipped (${reason}):`,
    ...tests.map(({ file, name }) => `    ${file} > ${name}`),
  ]);
}
