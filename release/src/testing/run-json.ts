import type { TestRepository, TrunklineRun } from "./test-repository.ts";

export interface JsonRun extends TrunklineRun {
  readonly data: unknown;
}

/** Runs the real command line with `--json` and parses what it printed. */
export async function runJson(
  repository: TestRepository,
  args: readonly string[],
): Promise<JsonRun> {
  const run = await repository.trunkline([...args, "--json"]);
  const data: unknown = JSON.parse(run.stdout);
  return { ...run, data };
}

/** The value at a path inside parsed JSON; undefined where the path leads nowhere. */
export function valueAt(data: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, data);
}
