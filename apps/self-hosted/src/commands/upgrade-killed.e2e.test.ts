import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLLBACK_STEPS, UPGRADE_STEPS } from "../journal/operation.ts";
import { readOperations, unfinishedOperation } from "../journal/read-operations.ts";
import { readLockHolder } from "../lock/site-lock.ts";
import { verifyRelease } from "../releases/verify-release.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";
import { waitFor } from "../testing/wait-for.ts";

const MOMENTS = ["started", "acted", "finished"];
const pointsOf = (steps: readonly string[]) =>
  steps.flatMap((step) => MOMENTS.map((moment) => `${step}:${moment}`));
const UPGRADE_POINTS = ["begun:finished", ...pointsOf(UPGRADE_STEPS)];
const ROLLBACK_POINTS = ["begun:finished", ...pointsOf(ROLLBACK_STEPS)];
const BACK_POINTS = ["back:started", "back:switched", "back:removed"];

let workshop: TestWorkshop;
let first: TestBundle;
let second: TestBundle;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  first = await workshop.buildBundle({ version: "1.0.0" });
  second = await workshop.buildBundle({ version: "1.0.1" });
});

afterAll(() => workshop.dispose());

/** A site on release 1.0.0 that serves, with one link and one click on it. */
async function withSite(run: (site: TestSite) => Promise<void>): Promise<void> {
  const site = new TestSite(workshop);
  try {
    await site.install(first);
    await site.supervise();
    await site.ask("/api/v1/links", {
      method: "POST",
      body: { destination: "https://example.com/", slug: "kept" },
    });
    await site.ask("/kept");
    await expectClicks(site, 1);
    await run(site);
  } finally {
    await site.dispose();
  }
}

/** Clicks reach the store within a moment; tests here run at once, which expect.poll does not allow. */
async function expectClicks(site: TestSite, clicks: number): Promise<void> {
  await waitFor(
    async () => (await site.clicksOf("kept")) === clicks,
    () => `${clicks} clicks`,
  );
}

async function expectKilled(site: TestSite, ...args: readonly string[]): Promise<void> {
  expect((await site.ctl(...args)).exitCode).toBe(null);
}

const killUpgrade = (site: TestSite, point: string) =>
  expectKilled(site, "upgrade", "--bundle", second.file, "--kill-after", point);

/** Exactly one of the two states: the link, what serves, the releases, and nothing left over. */
async function expectState(
  site: TestSite,
  releases: readonly string[],
  clicks: number,
): Promise<void> {
  const { paths } = site;
  const operations = readOperations(paths.journalDirectory);
  expect(operations.ok && unfinishedOperation(operations.value)).toBe(null);
  expect(readLockHolder(paths.lockFile, "change")).toBe(null);
  const { current, serving } = await site.versions();
  expect(current).toBe(`releases/${String(serving)}`);
  expect(readdirSync(paths.releasesDirectory).toSorted()).toEqual(releases);
  expect(await verifyRelease(paths.currentLink)).toEqual({ ok: true, value: [] });
  const isBackup = (name: string) => name.endsWith(".db");
  expect(readdirSync(paths.backupsDirectory).filter((name) => !isBackup(name))).toEqual([]);
  expect((await site.ask("/kept")).location).toBe("https://example.com/");
  await expectClicks(site, clicks);
}

describe.concurrent.each(UPGRADE_POINTS)("an upgrade killed at %s", (point) => {
  test("--rollback ends in exactly the old state, --resume in exactly the new one", async () => {
    await withSite(async (site) => {
      await killUpgrade(site, point);
      expect(await site.ctl("upgrade", "--rollback")).toMatchObject({
        exitCode: 0,
        json: { version: "1.0.0" },
      });
      await expectState(site, ["1.0.0"], 2);

      await killUpgrade(site, point);
      const resumed = await site.ctl("upgrade", "--resume");
      expect(resumed).toMatchObject({ exitCode: 0, json: { version: "1.0.1" } });
      expect(resumed.stderr).toContain("Taking over the lock");
      await expectState(site, ["1.0.0", "1.0.1"], 3);
    });
  });
});

describe.concurrent.each(BACK_POINTS)("taking an upgrade back, killed at %s", (point) => {
  test.each(["--resume", "--rollback"])("%s ends in exactly the old state", async (how) => {
    await withSite(async (site) => {
      await killUpgrade(site, "restart:acted");
      await expectKilled(site, "upgrade", "--rollback", "--kill-after", point);
      expect(await site.ctl("upgrade", how)).toMatchObject({
        exitCode: 0,
        json: { version: "1.0.0" },
      });
      await expectState(site, ["1.0.0"], 2);
    });
  });
});

describe.concurrent.each(ROLLBACK_POINTS)("a rollback killed at %s", (point) => {
  test("--resume and --rollback both end in exactly the old state", async () => {
    await withSite(async (site) => {
      for (const [round, how] of ["--resume", "--rollback"].entries()) {
        expect(await site.upgrade(second)).toMatchObject({ exitCode: 0 });
        await expectKilled(site, "rollback", "--kill-after", point);
        expect(await site.ctl("upgrade", how)).toMatchObject({
          exitCode: 0,
          json: { version: "1.0.0" },
        });
        await expectState(site, ["1.0.0", "1.0.1"], 2 + round);
      }
    });
  });
});

test("while an operation is unfinished, nothing else is begun", async () => {
  await withSite(async (site) => {
    await killUpgrade(site, "backup:started");
    const refused = { exitCode: 5, json: { code: "operation-unfinished" } };
    expect(await site.upgrade(second)).toMatchObject(refused);
    expect(await site.ctl("rollback")).toMatchObject(refused);
    expect(await site.ctl("status")).toMatchObject({ json: { unfinished: { to: "1.0.1" } } });
  });
});

test("everything killed at once, the service too: the upgrade still ends in the new state", async () => {
  await withSite(async (site) => {
    await killUpgrade(site, "switch:acted");
    await site.killSupervisor();
    expect(await site.ctl("upgrade", "--resume")).toMatchObject({
      exitCode: 0,
      json: { version: "1.0.1" },
    });
    await site.supervise();
    await expectState(site, ["1.0.0", "1.0.1"], 2);
  });
});
