import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSampleService, deploymentLog } from "../testing/sample-service.ts";

const states = (ledger: readonly { readonly outcome: string }[]): readonly string[] =>
  ledger.map((entry) => entry.outcome);

test("a deploy prints its plan, then does it, then has nothing to do", async () => {
  await using service = await createSampleService();
  const plan = await service.run("deploy", "--json");
  expect(plan.code).toBe(0);
  expect(plan.data).toMatchObject({ schemaVersion: 1, applied: false });
  expect(JSON.stringify(plan.data["plan"])).toContain(service.first.slice(0, 10));
  expect(await service.ledger()).toEqual([]);

  const done = await service.run("deploy", "--apply", "--json");
  expect(done.stderr).not.toContain("failed");
  expect(done.code).toBe(0);
  expect(done.data).toMatchObject({ applied: true, environment: "production" });
  expect(done.data["digest"]).toMatch(/^[0-9a-f]{64}$/);
  expect(done.data["switchDurationMs"]).toBeTypeOf("number");
  expect(await service.greeting()).toBe("one");
  expect(states(await service.ledger())).toEqual(["started", "serving"]);
  expect(await deploymentLog(service, String(done.data["deployment"]))).toContain("serving hush");

  const again = await service.run("deploy", service.first, "--apply", "--json");
  expect(again.code).toBe(0);
  expect(again.data).toMatchObject({
    applied: false,
    deployment: done.data["deployment"],
    digest: done.data["digest"],
  });
  expect(states(await service.ledger())).toEqual(["started", "serving"]);
});

test("a commit that is not on trunk is refused: trunk first", async () => {
  await using service = await createSampleService();
  await service.repository.git.text(["switch", "--quiet", "-c", "side"]);
  const side = await service.commit({ greeting: "side" });
  const refused = await service.run("deploy", side, "--apply");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("trunk first");
  expect(await service.ledger()).toEqual([]);
});

test.each([
  { name: "its health check fails", text: { greeting: "two", health: 503 }, says: "answered 503" },
  { name: "it crashes", text: { greeting: "two", crash: "no such table" }, says: "no such table" },
  {
    name: "a smoke check fails",
    text: { greeting: "two", liesAboutCommit: true },
    says: "smoke check GET /version",
  },
  {
    name: "it does not build",
    text: { greeting: "two", failsToBuild: true },
    says: "does not build",
  },
])("when $name, what served before goes on and the ledger says why", async ({ text, says }) => {
  await using service = await createSampleService();
  await service.run("deploy", "--apply");
  const bad = await service.commit(text);
  const failed = await service.run("deploy", bad, "--apply");
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(says);
  expect(await service.greeting()).toBe("one");
  expect((await service.status()).candidates).toEqual([]);
  const ledger = await service.ledger();
  expect(states(ledger)).toEqual(["started", "serving", "started", "failed"]);
  expect(ledger.at(-1)?.reason).toContain(says);

  const good = await service.commit({ greeting: "three" });
  const mended = await service.run("deploy", good, "--apply");
  expect(mended.code).toBe(text.failsToBuild === true ? 1 : 0);
});

test("a missing variable is named before anything starts", async () => {
  await using service = await createSampleService();
  const { code, stderr } = await service.repository.trunkline(["deploy", "--apply"]);
  expect(code).toBe(2);
  expect(stderr).toContain("SAMPLE_SECRET");
  expect(await service.ledger()).toEqual([]);
});

test("of two deploys at once one wins and the other says who holds it", async () => {
  await using service = await createSampleService();
  const runs = await Promise.all([
    service.run("deploy", "--apply"),
    service.run("deploy", "--apply"),
  ]);
  const lost = runs.find((run) => run.code === 1);
  const said = runs.map((run) => run.stderr).join("\n---\n");
  expect(new Set(runs.map((run) => run.code)), said).toEqual(new Set([0, 1]));
  expect(lost?.stderr).toMatch(/production is locked by Test Author .* since \d{4}-/);
  expect(states(await service.ledger())).toEqual(["started", "serving"]);
});

test("a stopped environment takes up what served", async () => {
  await using service = await createSampleService();
  await service.run("deploy", "--apply");
  expect((await service.run("environment", "stop", "--apply")).code).toBe(0);
  await expect(service.greeting()).rejects.toThrow("fetch failed");
  expect((await service.run("environment", "start", "--apply")).code).toBe(0);
  expect(await service.greeting()).toBe("one");
  await service.run("environment", "stop", "--apply");
  const again = await service.run("deploy", "--apply", "--json");
  expect(again.code).toBe(0);
  expect(await service.greeting()).toBe("one");
  expect(states(await service.ledger())).toEqual([
    "started",
    "serving",
    "stopped",
    "started",
    "stopped",
    "started",
  ]);
});

test("a build is made once, and a damaged one is named", async () => {
  await using service = await createSampleService();
  const made = await service.run("build", "--apply", "--json");
  const again = await service.run("build", "--apply", "--json");
  expect(made.data["applied"]).toBe(true);
  expect(again.data).toMatchObject({ applied: false, digest: made.data["digest"] });
  await writeFile(String(made.data["file"]), "damaged");
  const damaged = await service.run("build", "--apply", "--json");
  expect(damaged.code).toBe(1);
  expect(damaged.data["error"]).toMatchObject({ code: "artifact-damaged" });
  expect(damaged.stderr).toContain(String(made.data["file"]));
});

test("the same commit has the same digest in another clone, and a broken slot heals", async () => {
  await using service = await createSampleService();
  const made = await service.run("build", "--apply", "--json");
  const slots = join(service.stateDirectory, "slots");
  const [slot = ""] = (await readdir(slots)).filter((name) => !name.endsWith(".lock"));
  await writeFile(join(slots, slot, ".git"), "gitdir: /nowhere\n");
  const next = await service.commit({ greeting: "two" });
  expect((await service.run("build", next, "--apply")).code).toBe(0);
  const clone = await service.repository.clone("another-place");
  const other = await clone.trunkline(["build", service.first, "--apply", "--json"]);
  expect(JSON.parse(other.stdout)).toMatchObject({ digest: made.data["digest"] });
});
