import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { createSampleService, trunklineCommand } from "../testing/sample-service.ts";
import type { SampleService } from "../testing/sample-service.ts";

/** Runs a verb and kills its process (-9) as soon as it prints the words; true: it was killed. */
function killAt(service: SampleService, args: readonly string[], words: string): Promise<boolean> {
  const { command, args: all, cwd, env } = trunklineCommand(service.repository, args);
  const child = spawn(command, all, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
      if (said.includes(words)) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (_, signal) => resolve(signal === "SIGKILL"));
  });
}

test.each([
  "take the lock",
  "bring the ledger up",
  "write to the ledger that it begins",
  "build ",
  "unpack it",
  "start it beside",
  "wait until",
  "make 1 smoke check",
  "switch production",
  "write to the ledger that it serves",
])(
  "killed at “%s”, the same command again ends right, with no hole in the ledger",
  async (words) => {
    await using service = await createSampleService();
    await service.run("deploy", "--apply");
    const next = await service.commit({ greeting: "two" });
    expect(await killAt(service, ["deploy", next, "--apply"], `...  ${words}`)).toBe(true);
    // Whatever was reached: the environment answers.
    expect(["one", "two"]).toContain(await service.greeting());

    const again = await service.run("deploy", next, "--apply", "--json");
    expect(again.stderr).not.toContain("bug");
    expect(again.code).toBe(0);
    expect(await service.greeting()).toBe("two");
    expect((await service.status()).candidates).toEqual([]);
    const ledger = (await service.ledger()).filter((entry) => entry.commit === next);
    expect(ledger.at(-1)?.outcome).toBe("serving");
    expect(ledger.filter((entry) => entry.outcome === "serving")).toHaveLength(1);
    expect(new Set(ledger.map((entry) => entry.deployment)).size).toBe(1);
    const settled = await service.run("deploy", next, "--apply", "--json");
    expect(settled.data).toMatchObject({ applied: false, deployment: ledger[0]?.deployment });
  },
);

test("another commit closes what a killed run left open as abandoned, and tells of the lock", async () => {
  await using service = await createSampleService();
  await service.run("deploy", "--apply");
  const left = await service.commit({ greeting: "two" });
  expect(await killAt(service, ["deploy", left, "--apply"], "...  wait until")).toBe(true);
  const next = await service.commit({ greeting: "three" });
  const deployed = await service.run("deploy", next, "--apply");
  expect(deployed.code).toBe(0);
  expect(deployed.stderr).toMatch(
    /took over the lock of production, held by Test Author .*process is gone/,
  );
  const ledger = await service.ledger();
  const ends = ledger.filter((entry) => entry.commit === left).map((entry) => entry.outcome);
  expect(ends).toEqual(["started", "abandoned"]);
  expect(await service.greeting()).toBe("three");
});

test("an interrupted deploy says so in the ledger and leaves no candidate", async () => {
  await using service = await createSampleService();
  await service.run("deploy", "--apply");
  const next = await service.commit({ greeting: "two", health: 503 });
  const { command, args, cwd, env } = trunklineCommand(service.repository, [
    "deploy",
    next,
    "--apply",
  ]);
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  const code = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  let sent = false;
  child.stderr.on("data", (piece: Buffer) => {
    if (!sent && piece.toString().includes("wait until")) sent = child.kill("SIGTERM");
  });
  expect(await code).toBe(1);
  expect((await service.status()).candidates).toEqual([]);
  expect((await service.ledger()).at(-1)).toMatchObject({ outcome: "abandoned", commit: next });
});
