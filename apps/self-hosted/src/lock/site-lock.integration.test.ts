import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LEASE_MS, acquireSiteLock, readLockHolder } from "./site-lock.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "shortline-lock-"));
  file = join(directory, "run", "locks.sqlite");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const acquire = (now = () => new Date(), name: "change" | "supervise" = "change") =>
  acquireSiteLock({ file, name, purpose: "a test", now });

/** A process that takes the lock and says so, or says who holds it. */
function holder() {
  const module = join(import.meta.dirname, "site-lock.ts");
  const script = `const { acquireSiteLock } = await import(${JSON.stringify(module)});
    const lock = acquireSiteLock({ file: ${JSON.stringify(file)}, name: "change", purpose: "another", now: () => new Date() });
    console.log(lock.ok ? "taken" : lock.failure.code);
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("the holder is named, and after its release the lock is free", () => {
  const first = acquire();
  const second = acquire();
  expect(second).toMatchObject({ ok: false, failure: { code: "locked" } });
  expect(second.ok ? "" : second.failure.message).toContain(`pid ${process.pid}`);
  expect(acquire(undefined, "supervise").ok).toBe(true);
  if (first.ok) first.value.release();
  expect(readLockHolder(file, "change")).toBe(null);
  expect(acquire()).toMatchObject({ ok: true, value: { takenOverFrom: null } });
});

test("a killed holder loses the lock at once, to exactly one of many takers", async () => {
  const killed = holder();
  expect(String(await once(killed.stdout, "data"))).toBe("taken\n");
  expect(acquire()).toMatchObject({ ok: false, failure: { code: "locked" } });
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const takers = Array.from({ length: 4 }, holder);
  const said = await Promise.all(
    takers.map(async (taker) => String(await once(taker.stdout, "data"))),
  );
  expect(said.toSorted()).toEqual(["locked\n", "locked\n", "locked\n", "taken\n"]);
  for (const taker of takers) taker.kill("SIGKILL");
  await Promise.all(takers.map((taker) => once(taker, "exit")));
  expect(acquire()).toMatchObject({ ok: true, value: { takenOverFrom: { purpose: "another" } } });
});

test("a holder on another host is believed until its lease ends", () => {
  expect(acquire().ok).toBe(true);
  using database = new DatabaseSync(file);
  database.exec(
    "UPDATE locks SET token = 'x', holder = json_set(holder, '$.owner.host', 'elsewhere.example.com')",
  );
  const refused = acquire();
  expect(refused.ok ? "" : refused.failure.message).toContain("elsewhere.example.com");
  expect(acquire(() => new Date(Date.now() + LEASE_MS + 1_000)).ok).toBe(true);
});

test("a pid that was given to another process does not hold the lock", () => {
  expect(acquire().ok).toBe(true);
  using database = new DatabaseSync(file);
  database.exec(
    "UPDATE locks SET token = 'x', holder = json_set(holder, '$.owner.startTicks', '1')",
  );
  expect(acquire().ok).toBe(true);
});

test("a release that the disk refuses is no failure of what was done", () => {
  const lock = acquire();
  using database = new DatabaseSync(file);
  database.exec(
    "CREATE TRIGGER full BEFORE DELETE ON locks BEGIN SELECT RAISE(ABORT, 'disk full'); END",
  );
  expect(() => (lock.ok ? lock.value.release() : null)).not.toThrow();
});
