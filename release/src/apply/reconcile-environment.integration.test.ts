import { afterEach, expect, test } from "vitest";
import type { CommandContext } from "../cli/command.ts";
import type { LocalBuild } from "../facts/local-environment.ts";
import { appendToLedger, readLedger } from "../ledger/ledger.ts";
import type { LedgerEntry, NewLedgerEntry } from "../ledger/ledger-entry.ts";
import { createTestRepository, testConfig } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { openRepository } from "../tools/repository.ts";
import { openDeployTarget } from "./deploy-target.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { reconcileEnvironment } from "./reconcile-environment.ts";
import { createRollbackRun } from "./rollback-run.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

const buildOf = (deployment: string): LocalBuild => ({
  deployment,
  commit: "c".repeat(40),
  digest: "d",
  live: true,
  port: 1,
});

/** Production as a supervisor would describe it: `serving` serves. */
async function openTarget(serving: string): Promise<DeployTarget> {
  const local = { driver: "local", port: 12_345, command: ["true"] };
  const config = testConfig({ environments: { production: local } });
  const repository = await createTestRepository({ config });
  made.push(repository);
  const context: CommandContext = {
    cwd: repository.directory,
    env: repository.env,
    now: () => new Date(),
    tell: () => undefined,
    isTerminal: false,
    signal: new AbortController().signal,
    nodePath: process.execPath,
    pid: process.pid,
  };
  const opened = await openRepository({ args: [], options: {} }, context);
  const target = openDeployTarget(opened, "production", context);
  const look: DeployTarget["look"] = async () => ({
    supervisor: null,
    serving: buildOf(serving),
    previous: null,
    candidates: [],
  });
  return { ...target, look };
}

/** The same target; another run goes first between its reading of the ledger and its writing. */
function overtaken(target: DeployTarget, other: () => Promise<unknown>): DeployTarget {
  const { repository } = target;
  const { git } = repository.ledger;
  let isFirst = true;
  const text: typeof git.text = async (args, options) => {
    if (args[0] === "var" && isFirst) {
      isFirst = false;
      await other();
    }
    return git.text(args, options);
  };
  const ledger = { ...repository.ledger, git: { ...git, text } };
  return { ...target, repository: { ...repository, ledger } };
}

async function entriesOf(target: DeployTarget): Promise<readonly LedgerEntry[]> {
  return (await readLedger(target.repository.ledger)).entries;
}

async function deployed(target: DeployTarget, ...names: readonly string[]): Promise<void> {
  const entries = names.map((name): NewLedgerEntry => {
    const { deployment, commit, digest } = buildOf(name);
    const build = { environment: "production", deployment, commit, digest };
    return { kind: "deployment", outcome: "serving", ...build };
  });
  await appendToLedger(target.repository.ledger, entries);
}

test("two runs that find the same entry missing write it once", async () => {
  const target = await openTarget("one");
  const late = overtaken(target, () => reconcileEnvironment(target));
  const { entries, appended } = await reconcileEnvironment(late);
  expect(appended).toBeNull();
  expect(entries).toHaveLength(1);
  expect(await entriesOf(target)).toHaveLength(1);
});

test("a rollback whose switch another run recorded first is not recorded again", async () => {
  const target = await openTarget("one");
  await deployed(target, "one", "two");
  const late = overtaken(target, () => reconcileEnvironment(target));
  const [previous, serving] = [buildOf("one"), buildOf("two")];
  const run = createRollbackRun({ target: late, serving, previous, undo: false, reason: null });
  await run.run({ kind: "record", title: "write it" });
  const rollbacks = (await entriesOf(target)).filter(({ kind }) => kind === "rollback");
  expect(rollbacks).toHaveLength(1);
});
