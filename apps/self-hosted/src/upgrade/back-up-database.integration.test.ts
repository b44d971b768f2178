import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sitePaths } from "../site/site-paths.ts";
import type { SitePaths } from "../site/site-paths.ts";
import { backUpDatabase } from "./back-up-database.ts";

let paths: SitePaths;

beforeEach(() => {
  paths = sitePaths(mkdtempSync(join(tmpdir(), "shortline-backup-")));
  mkdirSync(paths.backupsDirectory, { recursive: true });
  using database = new DatabaseSync(join(paths.prefix, "site.db"));
  database.exec("CREATE TABLE links (slug TEXT)");
});

afterEach(() => rmSync(paths.prefix, { recursive: true, force: true }));

const backUp = (at: string) =>
  backUpDatabase({
    paths,
    databaseUrl: `sqlite:${join(paths.prefix, "site.db")}`,
    fromVersion: "1.0.0",
    at,
  });

test("of its own backups the five newest are kept, and every other file", async () => {
  const others = ["0-before-the-move.db", "shortline-2025.db", "shortline-old-1.0.0.db"];
  for (const name of others) writeFileSync(join(paths.backupsDirectory, name), "");
  for (let day = 1; day <= 7; day += 1)
    expect(await backUp(`2026-01-0${day}T00:00:00.000Z`)).toMatchObject({ ok: true });
  const kept = [3, 4, 5, 6, 7].map((day) => `shortline-2026-01-0${day}T00-00-00-000Z-1.0.0.db`);
  expect(readdirSync(paths.backupsDirectory).toSorted()).toEqual([...others, ...kept].toSorted());
});

test("the new backup is kept when the clock went back", async () => {
  for (let day = 1; day <= 5; day += 1) await backUp(`2026-01-0${day}T00:00:00.000Z`);
  expect(await backUp("2025-12-31T00:00:00.000Z")).toMatchObject({ ok: true });
  const names = readdirSync(paths.backupsDirectory);
  expect(names).toContain("shortline-2025-12-31T00-00-00-000Z-1.0.0.db");
  expect(names).toHaveLength(5);
});
