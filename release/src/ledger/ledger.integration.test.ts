import { afterEach, expect, test } from "vitest";
import { createTestRepository } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { createGit } from "../tools/git.ts";
import { appendToLedger, ledgerRef, readLedger } from "./ledger.ts";
import type { LedgerOptions } from "./ledger.ts";
import type { NewLedgerEntry } from "./ledger-entry.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

async function begin(): Promise<TestRepository> {
  const repository = await createTestRepository();
  made.push(repository);
  return repository;
}

function ledgerOf(repository: TestRepository): LedgerOptions {
  return { git: repository.git, remote: "origin", now: () => new Date(), pid: process.pid };
}

const commit = "1234567890".repeat(4);

function signOff(evidence: string): NewLedgerEntry {
  return {
    kind: "sign-off",
    outcome: "approved",
    line: "1.0",
    role: "operations",
    commit,
    evidence,
  };
}

async function evidence(options: LedgerOptions): Promise<readonly unknown[]> {
  return (await readLedger(options)).entries.map((entry) => entry["evidence"]);
}

/** Puts a commit with any message at the end of the chain, as a writer of another version would. */
async function appendRaw(repository: TestRepository, message: string): Promise<void> {
  const { git } = repository;
  const tree = await git.text(["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" });
  const { head } = await readLedger(ledgerOf(repository));
  const parent = head === null ? [] : ["-p", head];
  const raw = await git.text(["commit-tree", tree, ...parent, "-F", "-"], { input: message });
  await git.text(["push", "--quiet", "origin", `${raw}:${ledgerRef}`]);
}

test("keeps entries in order with any text in them, and is readable with plain git", async () => {
  const repository = await begin();
  const texts = ["plain", "two\n\nparagraphs", 'üñí 🚆 \u001E \0 "quoted"', "x".repeat(100_000)];
  for (const text of texts) await appendToLedger(ledgerOf(repository), [signOff(text)]);
  expect(await evidence(ledgerOf(repository))).toEqual(texts);
  const subjects = await repository.git.lines(["log", "--format=%s", ledgerRef]);
  expect(subjects).toHaveLength(4);
  expect(subjects[0]).toBe("sign-off operations approved on 1.0 at 1234567890");
});

test("an empty ledger has no entries and no head", async () => {
  expect(await readLedger(ledgerOf(await begin()))).toEqual({ head: null, entries: [] });
});

test("a user's git settings do not change what is read", async () => {
  const repository = await begin();
  await repository.git.text(["config", "log.showSignature", "true"]);
  await repository.git.text(["config", "i18n.logOutputEncoding", "ISO-8859-1"]);
  await repository.git.text(["config", "color.ui", "always"]);
  await appendToLedger(ledgerOf(repository), [signOff("Grüße")]);
  expect(await evidence(ledgerOf(repository))).toEqual(["Grüße"]);
});

test.each([
  { name: "damaged", message: "broken\n\n{ this is no JSON" },
  { name: "without a body", message: "nothing but a subject" },
  {
    name: "of a future schema version",
    message: `future\n\n${JSON.stringify({ schemaVersion: 2, kind: "sign-off", id: "x" })}`,
  },
])("an entry $name is named, never skipped, and the chain is not rewritten", async (example) => {
  const repository = await begin();
  await appendToLedger(ledgerOf(repository), [signOff("good")]);
  await appendRaw(repository, example.message);
  const damaged = await repository.git.text(["ls-remote", "origin", ledgerRef]);
  await expect(readLedger(ledgerOf(repository))).rejects.toThrow(damaged.slice(0, 40));
  const run = await repository.trunkline(["check"]);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("newer Trunkline");
  expect(await repository.git.text(["ls-remote", "origin", ledgerRef])).toBe(damaged);
});

test("a clone that fetches the ledger's refs keeps it, also without the origin", async () => {
  const repository = await begin();
  await appendToLedger(ledgerOf(repository), [signOff("kept")]);
  const refspec = "remote.origin.fetch=+refs/trunkline/*:refs/trunkline/*";
  const directory = `${repository.root}/keeps`;
  const clone = ["clone", "--quiet", "--config", refspec, repository.originDirectory, directory];
  await repository.git.text(clone);
  const git = createGit(directory, repository.env);
  await git.text(["remote", "remove", "origin"]);
  expect(await evidence({ ...ledgerOf(repository), git })).toEqual(["kept"]);
});

test("works without a remote, with writers at once", async () => {
  const repository = await begin();
  await repository.git.text(["remote", "remove", "origin"]);
  const options = ledgerOf(repository);
  const texts = Array.from({ length: 8 }, (_, index) => `writer ${String(index)}`);
  await Promise.all(texts.map((text) => appendToLedger(options, [signOff(text)])));
  expect(new Set(await evidence(options))).toEqual(new Set(texts));
});

test("an entry that is recorded already is left out, the others are written", async () => {
  const repository = await begin();
  const options = ledgerOf(repository);
  await appendToLedger(options, [signOff("a")]);
  const written = await appendToLedger(options, [signOff("a"), signOff("b")], (entry, chain) =>
    chain.some((known) => known["evidence"] === entry["evidence"]),
  );
  expect(written.map((entry) => entry["evidence"])).toEqual(["b"]);
  expect(await evidence(options)).toEqual(["a", "b"]);
});
