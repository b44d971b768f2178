import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ROLLBACK_STEPS, UPGRADE_STEPS } from "../journal/operation.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";

const MOMENTS = ["started", "acted", "finished"];
const pointsOf = (steps: readonly string[]) => steps.flatMap((step) => MOMENTS.map((moment) => `${step}:${moment}`));
const UPGRADE_POINTS = ["begun:finished", ...pointsOf(UPGRADE_STEPS)];
const ROLLBACK_POINTS = ["begun:finished", ...pointsOf(ROLLBACK_STEPS)];
const BACK_POINTS = ["back:started", "back:switched", "back:removed"];
const CLICKS = 3;

let workshop: TestWorkshop;
let first: TestBundle;
let second: TestBundle;
let site: TestSite;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  first = await workshop.buildBundle({ version: "1.0.0" });
  second = await workshop.buildBundle({ version: "1.0.1" });
});

afterAll(() => workshop.dispose());

beforeEach(async () => {
  site = new TestSite(workshop);
  await site.installFrom(site.unpack(first));
  await site.supervise();
  await site.ask("/api/v1/links", { method: "POST", body: { destination: "https://example.com/", slug: "kept" } });
  for (let click = 0; click < CLICKS; click += 1) await site.ask("/kept");
  await expect.poll(readClicks, { timeout: 10_000 }).toBe(CLICKS);
});

afterEach(() => site.dispose());

async function readClicks(): Promise<unknown> {
  return JSON.parse((await site.ask("/api/v1/links/kept")).body).clicks;
}

async function expectKilled(...args: readonly string[]): Promise<void> {
  const killed = await site.ctl(...args);
  expect(killed.exitCode).toBe(null);
}

/** Exactly one of the two states: the link, what serves, the releases, and nothing left over. */
async function expectState(version: string, releases: readonly string[]): Promise<void> {
  expect(await site.versions()).toEqual({ current: `releases/${version}`, serving: version });
  expect(readdirSync(site.paths.releasesDirectory).toSorted()).toEqual(releases);
  expect(await site.ctl("verify")).toMatchObject({ exitCode: 0 });
  expect(await site.ctl("status")).toMatchObject({ exitCode: 0, json: { unfinished: null, changing: null } });
  expect(readdirSync(site.paths.backupsDirectory).filter((name) => !name.endsWith(".db"))).toEqual([]);
  expect((await site.ask("/kept")).location).toBe("https://example.com/");
  await expect.poll(readClicks, { timeout: 10_000 }).toBe(CLICKS + 1);
}

describe.each(UPGRADE_POINTS)("an upgrade killed at %s", (point) => {
  test("--resume ends in exactly the new state", async () => {
    await expectKilled("upgrade", "--bundle", second.file, "--kill-after", point);
    expect(await site.upgrade(second)).toMatchObject({ exitCode: 5, json: { code: "operation-unfinished" } });
    const resumed = await site.ctl("upgrade", "--resume");
    expect(resumed).toMatchObject({ exitCode: 0, json: { version: "1.0.1" } });
    expect(resumed.stderr).toContain("Taking over the lock");
    await expectState("1.0.1", ["1.0.0", "1.0.1"]);
  });

  test("--rollback ends in exactly the old state", async () => {
    await expectKilled("upgrade", "--bundle", second.file, "--kill-after", point);
    expect(await site.ctl("upgrade", "--rollback")).toMatchObject({ exitCode: 0 });
    await expectState("1.0.0", ["1.0.0"]);
  });
});

describe.each(BACK_POINTS)("taking an upgrade back, killed at %s", (point) => {
  test.each(["--resume", "--rollback"])("%s ends in exactly the old state", async (how) => {
    await expectKilled("upgrade", "--bundle", second.file, "--kill-after", "restart:acted");
    await expectKilled("upgrade", "--rollback", "--kill-after", point);
    expect(await site.ctl("upgrade", how)).toMatchObject({ exitCode: 0 });
    await expectState("1.0.0", ["1.0.0"]);
  });
});

describe.each(ROLLBACK_POINTS)("a rollback killed at %s", (point) => {
  test.each(["--resume", "--rollback"])("%s ends in exactly the old state", async (how) => {
    expect(await site.upgrade(second)).toMatchObject({ exitCode: 0 });
    await expectKilled("rollback", "--kill-after", point);
    expect(await site.ctl("upgrade", how)).toMatchObject({ exitCode: 0, json: { version: "1.0.0" } });
    await expectState("1.0.0", ["1.0.0", "1.0.1"]);
  });
});

test("everything killed at once, the service too: the upgrade still ends in the new state", async () => {
  await expectKilled("upgrade", "--bundle", second.file, "--kill-after", "switch:acted");
  await site.killSupervisor();
  expect(await site.ctl("upgrade", "--resume")).toMatchObject({ exitCode: 0, json: { version: "1.0.1" } });
  await site.supervise();
  await expectState("1.0.1", ["1.0.0", "1.0.1"]);
  expect(existsSync(join(site.paths.runDirectory, "supervise.pid"))).toBe(true);
});
