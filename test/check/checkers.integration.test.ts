import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkers, type Checker } from "./checkers.ts";
import { copyWorkTree } from "./copy-work-tree.ts";
import { layerFaults } from "./layer-faults.ts";
import { plantedFaults, type PlantedFault } from "./planted-faults.ts";
import { runChecker, type CheckerResult } from "./run-checkers.ts";

const root = resolve(import.meta.dirname, "../..");
const faults = [...plantedFaults, ...layerFaults];
let copy: string;

beforeAll(() => {
  copy = copyWorkTree(root, () => true);
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

describe.each(checkers.map((checker) => ({ name: checker.name, checker })))(
  "checker $name",
  ({ checker }) => {
    it("passes the repository as it is", async () => {
      const result = await runChecker(checker, { root: copy, env: process.env });
      expect(result.passed, result.output).toBe(true);
    });

    it.each(faults.filter((fault) => fault.checker === checker.name))(
      "catches: $fault",
      async (fault) => {
        const result = await runWithFault(checker, fault);
        expect(result.passed).toBe(false);
        expect(result.output).toMatch(fault.says);
      },
    );

    it("has a planted fault", () => {
      expect(faults.map((fault) => fault.checker)).toContain(checker.name);
    });
  },
);

describe("a checker that looks at nothing", () => {
  /** A checkout with the checker's configuration and not a single file to check. */
  async function runOnNothing(checker: Checker): Promise<CheckerResult> {
    const config = checker.name === "layers" ? ".dependency-cruiser.mjs" : ".oxlintrc.json";
    const empty = copyWorkTree(root, (path) => path === config);
    writeFileSync(join(empty, ".prettierignore"), "*\n");
    try {
      return await runChecker(checker, { root: empty, env: process.env });
    } finally {
      rmSync(empty, { recursive: true });
    }
  }

  it.each(checkers)("fails: $name", async (checker) => {
    expect((await runOnNothing(checker)).passed).toBe(false);
  });

  it("says so", async () => {
    const name = "silent";
    const silent = { name, proves: "", program: "true", args: [], evidence: /on (\d+) files/u };
    const result = await runOnNothing(silent);
    expect(result).toMatchObject({ passed: false, lookedAt: 0 });
    expect(result.output).toContain("It looked at nothing.");
  });
});

async function runWithFault(checker: Checker, fault: PlantedFault): Promise<CheckerResult> {
  const file = join(copy, fault.path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : null;
  const planted = fault.write(before ?? "");
  expect(planted).not.toBe(before);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, planted);
  try {
    return await runChecker(checker, { root: copy, env: process.env });
  } finally {
    if (before === null) rmSync(file);
    else writeFileSync(file, before);
  }
}
