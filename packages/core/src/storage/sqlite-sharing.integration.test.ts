import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ClickBuffer } from "../links/click-buffer.ts";
import type { Destination } from "../links/destination.ts";
import type { LinkStore } from "../links/link-store.ts";
import type { Slug } from "../links/slug.ts";
import { MemoryLogger } from "../testing/memory-logger.ts";
import { inspectMigrations, openLinkStore } from "./open-link-store.ts";

const shipped = new URL("../../migrations", import.meta.url).pathname;
const module = new URL("open-link-store.ts", import.meta.url).href;
const slug = "shared" as Slug; // well formed

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "shortline-sharing-"));
  file = join(directory, "links.db");
});

afterEach(() => rm(directory, { recursive: true }));

async function open(migrationsDirectory = shipped) {
  const opened = await openLinkStore({ databaseUrl: `sqlite:${file}`, migrationsDirectory });
  if (!opened.ok) throw new Error(`${opened.failure.code}: ${opened.failure.message}`);
  return opened.value;
}

async function failureCode(databaseUrl = `sqlite:${file}`, migrationsDirectory = shipped) {
  const opened = await openLinkStore({ databaseUrl, migrationsDirectory });
  if (!opened.ok) return opened.failure.code;
  await opened.value.close();
  return "opened";
}

async function insertLink(store: LinkStore): Promise<void> {
  const destination = "https://example.com/" as Destination; // well formed
  const now = new Date();
  await store.insert({
    slug,
    destination,
    title: null,
    createdAt: now,
    updatedAt: now,
    expiresAt: null,
  });
}

/** Code for a process of its own, with `store` open. */
function program(body: string): string {
  const options = JSON.stringify({ databaseUrl: `sqlite:${file}`, migrationsDirectory: shipped });
  return `const { openLinkStore } = await import(${JSON.stringify(module)});
    const opened = await openLinkStore(${options});
    if (!opened.ok) throw new Error(opened.failure.message);
    const { store } = opened.value;
    ${body}`;
}

const flags = (code: string) => ["--input-type=module", "--eval", code];

describe("one SQLite file, several processes", () => {
  test("many that open a new file at once migrate it once, and all can use it", async () => {
    const code = program("await store.check(); console.log(opened.value.migrated.length);");
    const runs = Array.from({ length: 8 }, () =>
      promisify(execFile)(process.execPath, flags(code), { timeout: 60_000 }),
    );
    const migrated = (await Promise.all(runs)).map(({ stdout }) => Number(stdout));
    expect(migrated.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  test("clicks that several processes add all count", async () => {
    const opened = await open();
    await insertLink(opened.store);
    const body = `for (let n = 0; n < 50; n += 1) await store.addClicks(new Map([["${slug}", 1]]));`;
    const runs = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, flags(program(body)), { timeout: 60_000 }),
    );
    await Promise.all(runs);
    expect((await opened.store.find(slug))?.clicks).toBe(200);
    await opened.close();
  });

  test("a process killed while it writes leaves whole transactions", async () => {
    const opened = await open();
    await insertLink(opened.store);
    await opened.store.addClicks(new Map([[slug, 1]]));
    const body = `for (;;) await store.addClicks(new Map([["${slug}", 2]]));`;
    for (let round = 0; round < 5; round += 1) {
      const before = (await opened.store.find(slug))?.clicks ?? 0;
      const writer = spawn(process.execPath, flags(program(body)), { stdio: "ignore" });
      const ended = new Promise((resolve) => writer.once("exit", resolve));
      const clicksNow = async () => (await opened.store.find(slug))?.clicks ?? 0;
      await expect.poll(clicksNow, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before);
      writer.kill("SIGKILL");
      await ended;
      expect(((await clicksNow()) - 1) % 2).toBe(0);
    }
    expect(await failureCode()).toBe("opened");
    await opened.close();
  });
});

describe("while another process holds the write lock", () => {
  test("redirects and reads go on, writes wait, the event loop stays free", async () => {
    const opened = await open();
    await insertLink(opened.store);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE; UPDATE links SET title = 'held'");
    const write = opened.store.addClicks(new Map([[slug, 1]]));
    let settled = false;
    void write.then(() => (settled = true));
    let turns = 0;
    await expect.poll(() => (turns += 1), { interval: 5, timeout: 20_000 }).toBeGreaterThan(10);
    expect(settled).toBe(false);
    expect(opened.store.findTarget(slug)).toMatchObject({ destination: "https://example.com/" });
    expect((await opened.store.find(slug))?.title).toBeNull();
    other.exec("COMMIT");
    other.close();
    await write;
    expect(await opened.store.find(slug)).toMatchObject({ title: "held", clicks: 1 });
    await opened.close();
  });

  test("clicks that found the database locked for long are kept and counted later", async () => {
    const opened = await open();
    await insertLink(opened.store);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const logger = new MemoryLogger();
    const buffer = new ClickBuffer({ store: opened.store, logger, flushIntervalMs: 10 });
    buffer.record(slug);
    await expect.poll(() => logger.records.length, { timeout: 20_000 }).toBeGreaterThan(0);
    other.close();
    await expect
      .poll(async () => (await opened.store.find(slug))?.clicks, { timeout: 20_000 })
      .toBe(1);
    expect(await buffer.close()).toEqual({ lostClicks: 0 });
    await opened.close();
  });
});

describe("migrating", () => {
  const headers =
    "-- phase: expand\n-- lock: none\n-- duration: none\n-- compatible-with: previous release\n";

  async function withSecond(sql: string): Promise<string> {
    const migrations = join(directory, "migrations");
    await cp(shipped, migrations, { recursive: true });
    await writeFile(join(migrations, "sqlite", "0002-more.sql"), headers + sql);
    return migrations;
  }

  test("an older release keeps working on the schema that a newer one expanded", async () => {
    const older = await open();
    const newerMigrations = await withSecond("ALTER TABLE links ADD COLUMN colour TEXT;");
    const newer = await open(newerMigrations);
    expect(newer.migrated).toEqual(["0002-more"]);
    await insertLink(older.store);
    expect(await newer.store.find(slug)).toMatchObject({ slug });
    await Promise.all([older.close(), newer.close()]);
    expect(await failureCode()).toBe("opened");
  });

  test("what is pending can be looked at first", async () => {
    await (await open()).close();
    const migrationsDirectory = await withSecond("SELECT 1;");
    const status = await inspectMigrations({ databaseUrl: `sqlite:${file}`, migrationsDirectory });
    expect(status).toMatchObject({
      ok: true,
      value: { applied: ["0001-links"], pending: [{ name: "0002-more", phase: "expand" }] },
    });
  });

  test("a migration that fails half-way changes nothing", async () => {
    await (await open()).close();
    const broken = await withSecond(
      "CREATE TABLE half_way (id INTEGER); SELECT no_such_function();",
    );
    expect(await failureCode(`sqlite:${file}`, broken)).toBe("migration-failed");
    const database = new DatabaseSync(file);
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half_way'").all();
    database.close();
    expect(tables).toEqual([]);
  });

  test("a migration that was edited after it was applied is refused", async () => {
    await (await open(await withSecond("SELECT 1;"))).close();
    expect(await failureCode(`sqlite:${file}`, await withSecond("SELECT 2;"))).toBe(
      "migration-changed",
    );
  });
});

describe("a file that cannot be used", () => {
  test("a folder that does not exist, a folder instead of a file, a file that is something else", async () => {
    expect(await failureCode(`sqlite:${directory}/missing/links.db`)).toBe("database-unreachable");
    expect(await failureCode(`sqlite:${directory}`)).toBe("database-unreachable");
    await writeFile(file, "this is not a database, however long it may be".repeat(100));
    expect(await failureCode()).toBe("database-unreachable");
    expect(await readFile(file, "utf8")).toContain("this is not a database");
  });

  test("a database that was cut short", async () => {
    await (await open()).close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, 5_000));
    expect(await failureCode()).not.toBe("opened");
  });

  test("a folder in which nobody, not even the superuser, may make a file", async () => {
    expect(await failureCode("sqlite:/proc/links.db")).toBe("database-unreachable");
  });
});
