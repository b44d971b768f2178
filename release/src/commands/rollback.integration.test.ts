import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { createSampleService, trunklineCommand } from "../testing/sample-service.ts";
import type { SampleService } from "../testing/sample-service.ts";

async function deployTwice(service: SampleService): Promise<string> {
  await service.run("deploy", "--apply");
  const second = await service.commit({ greeting: "two" });
  const deployed = await service.run("deploy", second, "--apply");
  expect(deployed.stderr).not.toContain("failed");
  expect(await service.greeting()).toBe("two");
  return second;
}

test("a rollback switches to the build before and says why in the ledger", async () => {
  await using service = await createSampleService();
  await deployTwice(service);
  const plan = await service.run("rollback");
  expect(plan.stdout).toContain("Nothing has changed");
  expect(await service.greeting()).toBe("two");
  const back = await service.run("rollback", "--reason", "two is wrong", "--apply", "--json");
  expect(back.code).toBe(0);
  expect(back.data).toMatchObject({ environment: "production", commit: service.first });
  expect(back.data["switchDurationMs"]).toBeLessThan(1000);
  expect(await service.greeting()).toBe("one");
  expect((await service.ledger()).at(-1)).toMatchObject({
    kind: "rollback",
    commit: service.first,
    from: back.data["from"],
    reason: "two is wrong",
  });

  const again = await service.run("rollback", "--apply");
  expect(again.code).toBe(3);
  expect(again.stdout).toContain("--undo");
  expect(await service.greeting()).toBe("one");
  expect((await service.run("rollback", "--undo", "--apply")).code).toBe(0);
  expect(await service.greeting()).toBe("two");
});

test("the build that an undo takes out stays provable, and drift counts one rollback", async () => {
  await using service = await createSampleService();
  await deployTwice(service);
  await service.run("rollback", "--apply");
  await service.run("rollback", "--undo", "--apply");
  expect((await service.ledger()).at(-1)).toMatchObject({ kind: "rollback", undo: true });
  const drift = await service.run("drift", "--json");
  expect(drift.data["hosted"]).toMatchObject([{ environment: "production", rollbacks: 1 }]);
  const cut = await service.run("cut", service.first);
  expect(cut.stdout).not.toContain("it was rolled back");
  expect(cut.stdout).toContain("it served");
});

test("without a build before it is refused, and says what to do", async () => {
  await using service = await createSampleService();
  const nothing = await service.run("rollback", "--apply");
  expect(nothing.code).toBe(3);
  expect(nothing.stdout).toContain("trunkline deploy");
  await service.run("deploy", "--apply");
  const first = await service.run("rollback", "--apply");
  expect(first.code).toBe(3);
  expect(first.stdout).toContain("first build");
  expect(await service.greeting()).toBe("one");
});

test("a build before that is not warm any more is started first", async () => {
  await using service = await createSampleService();
  await deployTwice(service);
  await service.run("environment", "stop", "--apply");
  expect((await service.ledger()).at(-1)).toMatchObject({
    kind: "environment",
    outcome: "stopped",
  });
  const back = await service.run("rollback", "--apply");
  expect(back.code).toBe(0);
  expect(await service.greeting()).toBe("one");
});

test.each(["rollback", "deploy"])(
  "killed between its switch and its entry, the next %s writes the entry",
  async (verb) => {
    await using service = await createSampleService();
    const second = await deployTwice(service);
    const { command, args, cwd, env } = trunklineCommand(service.repository, [
      "rollback",
      "--reason",
      "wrong",
      "--apply",
    ]);
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((resolve) => {
      child.on("close", resolve);
    });
    child.stderr.on("data", (piece: Buffer) => {
      if (piece.toString().includes("write it to the ledger")) child.kill("SIGKILL");
    });
    await ended;
    expect(await service.greeting()).toBe("one");
    const commit = verb === "deploy" ? [service.first] : [];
    const next = await service.run(verb, ...commit, "--apply");
    expect(next.code).toBe(0);
    expect(await service.greeting()).toBe("one");
    const ledger = await service.ledger();
    expect(ledger.at(-1)).toMatchObject({
      kind: "rollback",
      commit: service.first,
      reason: "wrong",
    });
    const rolledBack = ledger.filter((entry) => entry.kind === "rollback");
    expect(rolledBack).toHaveLength(1);
    expect(ledger.findLast((entry) => entry.commit === second)?.outcome).toBe("serving");
  },
);

/** Milliseconds from the start of a verb to its end, or to the moment it prints the words. */
function timeUntil(
  service: SampleService,
  args: readonly string[],
  words: string,
): Promise<number> {
  const { command, args: all, cwd, env } = trunklineCommand(service.repository, args);
  const startedMs = performance.now();
  const child = spawn(command, all, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  let reachedMs: number | null = null;
  child.stderr.on("data", (piece: Buffer) => {
    if (piece.toString().includes(words)) reachedMs ??= performance.now() - startedMs;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(reachedMs ?? performance.now() - startedMs));
  });
}

const p95 = (timesMs: readonly number[]): number =>
  timesMs.toSorted((left, right) => left - right)[Math.ceil(timesMs.length * 0.95) - 1] ?? 0;

test("over twenty rollbacks, 95 % have switched within a second of the command's start", async () => {
  await using service = await createSampleService();
  await deployTwice(service);
  const bareMs: number[] = [];
  const switchedMs: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const undo = round % 2 === 0 ? [] : ["--undo"];
    bareMs.push(await timeUntil(service, ["ledger", "--help"], "never printed"));
    switchedMs.push(await timeUntil(service, ["rollback", ...undo, "--apply"], "...  write it"));
    expect(await service.greeting()).toBe(round % 2 === 0 ? "one" : "two");
  }
  // On a busy machine a program that does nothing is slow too: that part is not the rollback's.
  const bound = Math.max(1000, 4 * p95(bareMs));
  expect(p95(switchedMs), `bare start p95 ${String(p95(bareMs))} ms`).toBeLessThan(bound);
});
