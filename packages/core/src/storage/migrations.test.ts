import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planMigrations } from "./plan-migrations.ts";
import { readMigrations, type Migration } from "./read-migrations.ts";

const shipped = new URL("../../migrations", import.meta.url).pathname;
const headers =
  "-- phase: expand\n-- lock: none\n-- duration: none\n-- compatible-with: previous release\n";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shortline-migrations-"));
});

afterEach(() => rm(directory, { recursive: true }));

async function codeFor(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const migrations = await readMigrations(directory);
  return migrations.ok ? "ok" : migrations.failure.code;
}

describe("readMigrations", () => {
  test("reads headers, digest and text, in order of number", async () => {
    const files = { "0002-b.sql": `${headers}SELECT 2;`, "0001-a.sql": `${headers}SELECT 1;` };
    expect(await codeFor({ ...files, "README.md": "not a migration" })).toBe("ok");
    const migrations = await readMigrations(directory);
    expect(migrations.ok && migrations.value.map((migration) => migration.name)).toEqual([
      "0001-a",
      "0002-b",
    ]);
    expect(migrations).toMatchObject({
      value: [
        { number: 1, phase: "expand", lock: "none", compatibleWith: "previous release" },
        { number: 2 },
      ],
    });
  });

  test.each([
    ["a hole in the numbers", { "0001-a.sql": headers, "0003-b.sql": headers }],
    ["a number twice", { "0001-a.sql": headers, "0001-b.sql": headers }],
    ["a start after 1", { "0002-a.sql": headers }],
    ["a name without number", { "links.sql": headers }],
    ["an upper-case name", { "0001-Links.sql": headers }],
    ["no headers", { "0001-a.sql": "SELECT 1;" }],
    ["headers that are not at the top", { "0001-a.sql": `SELECT 1;\n${headers}` }],
    ["an unknown phase", { "0001-a.sql": headers.replace("expand", "shrink") }],
    ["a missing lock", { "0001-a.sql": headers.replace("-- lock: none\n", "") }],
    ["an empty header", { "0001-a.sql": headers.replace("lock: none", "lock: ") }],
    ["over 1 MiB", { "0001-a.sql": headers + " ".repeat(1024 * 1024) }],
  ])("refuses %s", async (_name, files) => {
    expect(await codeFor(files)).toBe("migration-malformed");
  });

  test("refuses an empty folder, a missing one, and a folder in a file's place", async () => {
    expect(await codeFor({})).toBe("migrations-unreadable");
    expect(await readMigrations(join(directory, "missing"))).toMatchObject({
      failure: { code: "migrations-unreadable" },
    });
    await mkdir(join(directory, "0001-a.sql"));
    expect(await codeFor({})).toBe("migrations-unreadable");
  });
});

describe("planMigrations", () => {
  const migration = (number: number, sha256 = `sha${number}`): Migration => ({
    number,
    name: `000${number}-m`,
    sha256,
    phase: "expand",
    lock: "none",
    duration: "none",
    compatibleWith: "previous release",
    sql: "",
  });
  const known = [migration(1), migration(2), migration(3)];

  test.each([
    ["an empty database", [], [1, 2, 3]],
    ["one behind", [1, 2], [3]],
    ["the same", [1, 2, 3], []],
    ["a newer one", [1, 2, 3, 4, 5], []],
  ])("%s", (_name, applied, pending) => {
    const plan = planMigrations(
      known,
      applied.map((number) => migration(number)),
    );
    expect(plan.ok && plan.value.map((each) => each.number)).toEqual(pending);
  });

  test("a migration that was edited afterwards is refused", () => {
    expect(planMigrations(known, [migration(1), migration(2, "edited")])).toMatchObject({
      failure: { code: "migration-changed" },
    });
  });

  test("a hole in what was applied is refused", () => {
    expect(planMigrations(known, [migration(1), migration(3)])).toMatchObject({
      failure: { code: "migration-missing" },
    });
  });
});

describe("the shipped migrations", () => {
  test.each([["sqlite"], ["postgres"]])(
    "%s: well formed, in one transaction of the runner's",
    async (kind) => {
      await cp(join(shipped, kind), directory, { recursive: true });
      const migrations = await readMigrations(directory);
      if (!migrations.ok) throw new Error(migrations.failure.message);
      for (const { sql } of migrations.value) {
        expect(sql).not.toMatch(/^\s*(BEGIN|COMMIT|ROLLBACK|VACUUM)\b|CONCURRENTLY/im);
      }
    },
  );

  test("both databases have the same ones", async () => {
    expect(await readdir(join(shipped, "sqlite"))).toEqual(
      await readdir(join(shipped, "postgres")),
    );
    expect(await readFile(join(shipped, "sqlite", "0001-links.sql"), "utf8")).toContain("STRICT");
  });
});
