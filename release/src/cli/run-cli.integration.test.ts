import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { commandRegistry } from "./command-registry.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";

const state: { repository?: TestRepository } = {};

beforeAll(async () => {
  state.repository = await createTestRepository();
});

afterAll(async () => {
  await state.repository?.[Symbol.asyncDispose]();
});

function repository(): TestRepository {
  if (state.repository === undefined) throw new Error("the set-up did not run");
  return state.repository;
}

describe("the command line", () => {
  test.each(commandRegistry.map((entry) => entry.words))(
    "%s --help shows options, JSON, exit codes and an example",
    async (words) => {
      const run = await repository().trunkline([...words.split(" "), "--help"]);
      expect(run.code).toBe(0);
      for (const text of [
        `trunkline ${words}`,
        "--json",
        "schemaVersion: 1",
        "Exit codes:",
        "Example:\n  $ trunkline",
      ])
        expect(run.stdout).toContain(text);
    },
  );

  test.each(commandRegistry.map((entry) => entry.words))(
    "%s refuses an unknown option with exit 2 and the nearest name",
    async (words) => {
      const run = await repository().trunkline([...words.split(" "), "--jsn"]);
      expect(run.code).toBe(2);
      expect(run.stdout).toBe("");
      expect(run.stderr).toContain("--json");
    },
  );

  test("an unknown verb is exit 2 and names the nearest", async () => {
    const run = await repository().trunkline(["depoly"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('"deploy"');
  });

  test.each([
    ["ledger", "--repo", ""],
    ["verify", ""],
    ["bundle", "--tag", "v1.0.0", "--output", ""],
    ["qa", "sign", "--line", "1.0", "--role", "", "--evidence", "x"],
  ])("an empty value is exit 2, never the current directory: %s %s %s", async (...words) => {
    const run = await repository().trunkline(words);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("is empty");
  });

  test.each([
    ["x".repeat(4097), "longer than 4096"],
    ["two\nlines", "control character"],
    ["\u001B[31mred", "control character"],
  ])("a value for the ledger is bounded and one line", async (evidence, problem) => {
    const words = ["qa", "sign", "--line", "1.0", "--role", "operations", "--evidence", evidence];
    const run = await repository().trunkline(words);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(problem);
  });

  test("help VERB is the verb's own help", async () => {
    const run = await repository().trunkline(["help", "build"]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("Example:");
  });

  test("a group without its verb is exit 2", async () => {
    expect((await repository().trunkline(["qa"])).code).toBe(2);
    expect((await repository().trunkline(["qa", "sgin"])).stderr).toContain("sign");
  });

  test("a failure is one JSON object on stdout with --json, and a sentence on stderr", async () => {
    const run = await repository().trunkline(["ledger", "--kind", "deploymint", "--json"]);
    expect(run.code).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({ schemaVersion: 1, error: { code: "usage" } });
    expect(run.stderr).toContain("next:");
  });

  test("outside of a repository it says so and exits 2", async () => {
    const run = await repository().trunkline(["status", "--repo", "/"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("not in a git work tree");
  });

  test("no words print the help", async () => {
    const run = await repository().trunkline([]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("Commands:");
  });
});

describe("status and drift", () => {
  test("speak of an environment without deployments and a repository without lines", async () => {
    const status = await repository().trunkline(["status", "--json"]);
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      schemaVersion: 1,
      trunk: { branch: "main" },
      lines: [],
      findings: [],
    });
    const drift = await repository().trunkline(["drift", "--json"]);
    expect(drift.code).toBe(0);
    expect(JSON.parse(drift.stdout)).toMatchObject({
      schemaVersion: 1,
      lines: [],
      pendingChangesets: 0,
    });
  });
});
