import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop, nextMigrationPath } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";

const HEADERS =
  "-- phase: expand\n-- lock: none\n-- duration: instant\n-- compatible-with: previous release\n";

let workshop: TestWorkshop;
let first: TestBundle;
let site: TestSite;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  first = await workshop.buildBundle({ version: "1.0.0" });
});

afterAll(() => workshop.dispose());

beforeEach(async () => {
  site = new TestSite(workshop);
  await site.install(first);
});

afterEach(() => site.dispose());

const buildWithMigration = (sql: string) =>
  workshop.buildBundle({
    version: "1.1.0",
    replace: { [nextMigrationPath()]: `${HEADERS}${sql}\n` },
  });

async function createLink(): Promise<void> {
  const body = { destination: "https://example.com/", slug: "kept" };
  expect((await site.ask("/api/v1/links", { method: "POST", body })).status).toBe(201);
}

test("the database is backed up and extended, and the older release works on with it", async () => {
  await site.supervise();
  await createLink();
  const extended = await buildWithMigration("CREATE TABLE extra (id INTEGER PRIMARY KEY);");
  expect(await site.upgrade(extended)).toMatchObject({ exitCode: 0, json: { version: "1.1.0" } });
  expect((await site.ask("/kept")).status).toBe(302);

  const [backup = "", ...others] = readdirSync(site.paths.backupsDirectory);
  expect(others).toEqual([]);
  using copy = new DatabaseSync(join(site.paths.backupsDirectory, backup), { readOnly: true });
  expect(copy.prepare("SELECT slug FROM links").all()).toMatchObject([{ slug: "kept" }]);
  expect(copy.prepare("SELECT name FROM sqlite_schema WHERE name = 'extra'").all()).toEqual([]);

  expect(await site.ctl("rollback")).toMatchObject({ exitCode: 0, json: { version: "1.0.0" } });
  expect(await site.versions()).toEqual({ current: "releases/1.0.0", serving: "1.0.0" });
  expect((await site.ask("/kept")).status).toBe(302);
  expect(await site.upgrade(extended)).toMatchObject({ exitCode: 0 });
});

test("a migration that fails leaves the database and the release that serves as they were", async () => {
  await site.supervise();
  await createLink();
  const before = site.snapshot();
  const broken = await buildWithMigration(
    "CREATE TABLE half (id INTEGER); SELECT * FROM not_there;",
  );
  const refused = await site.upgrade(broken);
  expect(refused).toMatchObject({ exitCode: 1, json: { code: "migration-failed" } });
  expect(refused.stderr).toContain("not_there");
  expect(await site.versions()).toEqual({ current: "releases/1.0.0", serving: "1.0.0" });
  expect(readdirSync(site.paths.releasesDirectory)).toEqual(["1.0.0"]);
  const added = [...site.snapshot().keys()].filter((name) => !before.has(name));
  for (const name of added) expect(name).toMatch(/^var\/lib\/shortline\/(journal|backups)\//);
  expect((await site.ask("/kept")).status).toBe(302);
});

test("a stopped site is upgraded, tried, and left stopped", async () => {
  const second = await workshop.buildBundle({ version: "1.0.1" });
  expect(await site.upgrade(second)).toMatchObject({ exitCode: 0, json: { version: "1.0.1" } });
  expect(await site.ctl("status")).toMatchObject({ json: { service: { version: null } } });
  await site.supervise();
  expect(await site.versions()).toEqual({ current: "releases/1.0.1", serving: "1.0.1" });
});

test("a stopped site whose new release does not serve stays with the old one", async () => {
  const launcherPrelude = `[ "$1" = serve ] && { echo "no luck" >&2; exit 1; }`;
  const broken = await workshop.buildBundle({ version: "1.0.1", launcherPrelude });
  const refused = await site.upgrade(broken);
  expect(refused).toMatchObject({ exitCode: 1, json: { code: "upgrade-rolled-back" } });
  expect(refused.stderr).toContain("no luck");
  expect(existsSync(join(site.paths.releasesDirectory, "1.0.1"))).toBe(false);
  expect(await site.ctl("verify")).toMatchObject({ exitCode: 0, json: { version: "1.0.0" } });
});
