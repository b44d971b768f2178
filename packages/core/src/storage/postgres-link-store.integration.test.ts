import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { describeLinkStoreContract, MemoryLogger } from "../testing/link-store-contract.ts";
import { openPostgresServer, runSql, type PostgresServer } from "../testing/postgres-server.ts";
import { openLinkStore } from "./open-link-store.ts";

const migrationsDirectory = new URL("../../migrations", import.meta.url).pathname;
const module = new URL("open-link-store.ts", import.meta.url).href;

const server = await openPostgresServer({
  url: process.env["SHORTLINE_TEST_POSTGRES_URL"],
  image: process.env["SHORTLINE_TEST_POSTGRES_IMAGE"],
});

if (typeof server === "string") declareSkipped(server);
else declareTests(server);

function declareSkipped(reason: string): void {
  if (process.env["CI"] === "true") throw new Error(`${reason}; in CI nothing is skipped`);
  process.stderr.write(`skipped: PostgreSQL keeps the link store contract: ${reason}\n`);
  test("PostgreSQL keeps the link store contract", (context) => context.skip(reason));
}

function declareTests(postgres: PostgresServer): void {
  afterAll(() => postgres.stop());
  describeLinkStoreContract("PostgreSQL", async () => openedAt(await postgres.createDatabase()));
  describe("PostgreSQL", () => {
    migrationTests(() => postgres.createDatabase());
    failureTests(() => postgres.createDatabase());
  });
}

async function openedAt(databaseUrl: string) {
  const opened = await openLinkStore({
    databaseUrl,
    migrationsDirectory,
    logger: new MemoryLogger(),
  });
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
}

function migrationTests(createDatabase: () => Promise<string>): void {
  test("many processes that migrate one database at once leave it migrated once", async () => {
    const databaseUrl = await createDatabase();
    const options = JSON.stringify({ databaseUrl, migrationsDirectory });
    const code = `const { migrateDatabase } = await import(${JSON.stringify(module)});
      const result = await migrateDatabase(${options});
      console.log(JSON.stringify(result.ok ? result.value.length : result.failure));`;
    const runs = Array.from({ length: 6 }, () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
        timeout: 60_000,
      }),
    );
    const applied = (await Promise.all(runs)).map(({ stdout }) => Number(stdout));
    expect(applied.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(await runSql(databaseUrl, "SELECT number FROM schema_migrations")).toEqual([
      { number: 1 },
    ]);
  });

  test("a migration that fails half-way leaves nothing behind", async () => {
    const databaseUrl = await createDatabase();
    const directory = await mkdtemp(join(tmpdir(), "shortline-migrations-"));
    await cp(migrationsDirectory, directory, { recursive: true });
    const headers =
      "-- phase: expand\n-- lock: none\n-- duration: none\n-- compatible-with: previous release\n";
    const sql = `${headers}CREATE TABLE half_way (id int);\nSELECT 1 / 0;\n`;
    await writeFile(join(directory, "postgres", "0002-broken.sql"), sql);
    const opened = await openLinkStore({ databaseUrl, migrationsDirectory: directory });
    expect(opened).toMatchObject({ ok: false, failure: { code: "migration-failed" } });
    expect(JSON.stringify(opened)).toContain("0002-broken");
    const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    expect(await runSql(databaseUrl, tables)).toEqual([]);
    await rm(directory, { recursive: true });
    await (await openedAt(databaseUrl)).close();
  });

  test("a release runs on a database that a newer one has expanded", async () => {
    const databaseUrl = await createDatabase();
    await (await openedAt(databaseUrl)).close();
    const newer =
      "INSERT INTO schema_migrations (number, name, sha256) VALUES (2, '0002-later', 'x')";
    await runSql(databaseUrl, `${newer}; ALTER TABLE links ADD COLUMN later text`);
    const opened = await openedAt(databaseUrl);
    expect(await opened.store.list({ after: null, limit: 1 })).toEqual([]);
    await opened.close();
  });
}

function failureTests(createDatabase: () => Promise<string>): void {
  test("connections that the server ends are replaced, and the service hears of it", async () => {
    const databaseUrl = await createDatabase();
    const logger = new MemoryLogger();
    const opened = await openLinkStore({ databaseUrl, migrationsDirectory, logger });
    if (!opened.ok) throw new Error(opened.failure.message);
    await opened.value.store.check();
    const name = new URL(databaseUrl).pathname.slice(1);
    const admin = new URL(databaseUrl);
    admin.pathname = "/postgres";
    await runSql(
      admin.href,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await expect.poll(() => logger.records.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await opened.value.store.check();
    await opened.value.close();
  });

  test("a second close does nothing", async () => {
    const opened = await openedAt(await createDatabase());
    await opened.close();
    await expect(opened.close()).resolves.toBeUndefined();
  });

  test("a database that does not exist is a failure that shows no password", async () => {
    const url = new URL(await createDatabase());
    url.pathname = "/no_such_database";
    url.password = "s3cret-password";
    const opened = await openLinkStore({ databaseUrl: url.href, migrationsDirectory });
    expect(opened).toMatchObject({ ok: false, failure: { code: "database-unreachable" } });
    expect(JSON.stringify(opened)).not.toContain("s3cret-password");
  });
}
