import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { cutLine } from "../testing/cut-line.ts";
import { killTrunkline } from "../testing/kill-trunkline.ts";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { readLedger } from "./ledger.ts";

let template: TestRepository;
beforeAll(async () => {
  template = await createTestRepository();
  await cutLine(template, "one");
});
afterAll(() => template[Symbol.asyncDispose]());

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function begin(): Promise<TestRepository> {
  const repository = await template.copy();
  made.push(repository);
  return repository;
}

const sign = (evidence: string): readonly string[] => {
  return ["qa", "sign", "--line", "1.0", "--role", "operations", "--evidence", evidence, "--apply"];
};

async function signOffs(repository: TestRepository): Promise<readonly unknown[]> {
  const { git } = repository;
  const now = (): Date => new Date();
  const { entries } = await readLedger({ git, remote: "origin", now, pid: process.pid });
  return entries.flatMap((entry) => (entry.kind === "sign-off" ? [entry.evidence] : []));
}

test("50 writing processes from two clones at once lose no entry", async () => {
  const repository = await begin();
  const other = await repository.clone("other");
  const writers = Array.from(
    { length: 50 },
    (_, index) => `writer ${String(index).padStart(2, "0")}`,
  );
  const runs = await Promise.all(
    writers.map((evidence, index) =>
      (index % 2 === 0 ? repository : other).trunkline(sign(evidence)),
    ),
  );
  expect(runs.filter((run) => run.code !== 0)).toEqual([]);
  const found = await signOffs(repository);
  expect(found).toHaveLength(writers.length);
  expect(new Set(found)).toEqual(new Set(writers));
}, 300_000);

test("writers killed at any moment lose nothing of others and leave no lock behind", async () => {
  const repository = await begin();
  const killed = Array.from({ length: 8 }, (_, index) => `killed ${String(index)}`);
  const lasting = Array.from({ length: 4 }, (_, index) => `lasting ${String(index)}`);
  const [, runs] = await Promise.all([
    Promise.all(
      killed.map((evidence, index) =>
        killTrunkline(repository, sign(evidence), { afterMs: 500 + 250 * index }),
      ),
    ),
    Promise.all(lasting.map((evidence) => repository.trunkline(sign(evidence)))),
  ]);
  expect(runs.map((run) => run.code)).toEqual([0, 0, 0, 0]);
  expect(await repository.trunkline(sign("after"))).toMatchObject({ code: 0 });
  const found = await signOffs(repository);
  expect(found).toEqual(expect.arrayContaining([...lasting, "after"]));
  expect(new Set(found).size).toBe(found.length);
}, 300_000);
