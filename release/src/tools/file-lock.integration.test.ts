import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withFileLock } from "./file-lock.ts";
import { tryKernelLock } from "./kernel-lock.ts";
import { processStart } from "./process-identity.ts";

const state = { directory: "" };

beforeEach(async () => {
  state.directory = await mkdtemp(join(tmpdir(), "file-lock-"));
});

afterEach(async () => {
  await rm(state.directory, { recursive: true });
});

const lock = (waitMs: number) => ({
  file: join(state.directory, "x.lock"),
  purpose: "test",
  waitMs,
  pid: process.pid,
});

describe("withFileLock", () => {
  test("lets one in at a time, and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 30 }, () => withFileLock(lock(20_000), work)));
    expect(most).toBe(1);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test("names the holder when it waits in vain", async () => {
    await withFileLock(lock(0), async () => {
      await expect(withFileLock(lock(0), async () => undefined)).rejects.toThrow(
        `process ${String(process.pid)} (test)`,
      );
    });
  });

  test("takes over from an owner that died, even when many find it at once", async () => {
    await writeFile(
      join(state.directory, "x.lock"),
      JSON.stringify({ pid: 2 ** 22, processStart: "1", purpose: "gone" }),
    );
    let runs = 0;
    await Promise.all(
      Array.from({ length: 10 }, () => withFileLock(lock(20_000), async () => void (runs += 1))),
    );
    expect(runs).toBe(10);
  });

  test.each(["", "{", "null", '{"pid":"1"}'])("takes over a damaged lock: %j", async (text) => {
    await writeFile(lock(0).file, text);
    expect(await withFileLock(lock(0), async () => "taken")).toBe("taken");
    expect(await readdir(state.directory)).toEqual([]);
  });

  test("removes a dead owner's lock only while no other process is at it", async () => {
    const dead = JSON.stringify({ pid: 2 ** 22, processStart: "1", purpose: "gone" });
    await writeFile(lock(0).file, dead);
    const free = await tryKernelLock("stale-lock", lock(0).file);
    await expect(withFileLock(lock(0), async () => undefined)).rejects.toThrow("is held by");
    expect(await readFile(lock(0).file, "utf8")).toBe(dead);
    if (typeof free === "function") free();
    expect(await withFileLock(lock(20_000), async () => "taken")).toBe("taken");
  });

  test("releases its own lock only", async () => {
    const other = JSON.stringify({
      pid: process.pid,
      processStart: processStart(process.pid),
      purpose: "another",
      token: "another",
    });
    await withFileLock(lock(0), () => writeFile(lock(0).file, other));
    expect(await readFile(lock(0).file, "utf8")).toBe(other);
  });

  test("is free again after a failure inside", async () => {
    await expect(withFileLock(lock(0), () => Promise.reject(new Error("inside")))).rejects.toThrow(
      "inside",
    );
    expect(await withFileLock(lock(0), async () => "free")).toBe("free");
  });
});
