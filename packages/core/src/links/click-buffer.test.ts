import { describe, expect, test } from "vitest";
import { MemoryLogger } from "../testing/memory-logger.ts";
import { ClickBuffer, type ClickBufferOptions } from "./click-buffer.ts";
import type { Slug } from "./slug.ts";

/** A store's click side that keeps sums, and can refuse or hold back. */
class ClickSums {
  readonly sums = new Map<Slug, number>();
  readonly batchSizes: number[] = [];
  isBroken = false;
  gate: Promise<void> = Promise.resolve();

  async addClicks(counts: ReadonlyMap<Slug, number>): Promise<void> {
    await this.gate;
    if (this.isBroken) throw new Error("database is locked");
    this.batchSizes.push(counts.size);
    for (const [each, count] of counts) this.sums.set(each, (this.sums.get(each) ?? 0) + count);
  }
}

/** A deadline for a busy machine; what is waited for comes within milliseconds. */
const patience = { timeout: 4_000 };

const slug = (text: string): Slug => text as Slug; // well-formed slugs, written out

function setUp(options: Partial<ClickBufferOptions> = {}) {
  const store = new ClickSums();
  const logger = new MemoryLogger();
  const never = 60_000;
  const buffer = new ClickBuffer({ store, logger, flushIntervalMs: never, ...options });
  return { store, logger, buffer };
}

describe("ClickBuffer", () => {
  test("adds up in memory and hands the sums over", async () => {
    const { store, buffer } = setUp();
    buffer.record(slug("a"));
    buffer.record(slug("b"));
    buffer.record(slug("a"));
    expect(store.sums.size).toBe(0);
    await buffer.flush();
    expect(Object.fromEntries(store.sums)).toEqual({ a: 2, b: 1 });
    expect(buffer.waitingClicks).toBe(0);
  });

  test("flushes by itself after the interval, again and again", async () => {
    const { store, buffer } = setUp({ flushIntervalMs: 1 });
    buffer.record(slug("a"));
    await expect.poll(() => store.sums.get(slug("a")), patience).toBe(1);
    buffer.record(slug("a"));
    await expect.poll(() => store.sums.get(slug("a")), patience).toBe(2);
  });

  test("flushes at once when many clicks wait", async () => {
    const { store, buffer } = setUp({ flushAtClicks: 10 });
    for (let click = 0; click < 10; click += 1) buffer.record(slug("a"));
    await expect.poll(() => store.sums.get(slug("a")), patience).toBe(10);
  });

  test("keeps what the store refuses, and hands it over once the store works", async () => {
    const { store, logger, buffer } = setUp({ flushIntervalMs: 1 });
    store.isBroken = true;
    buffer.record(slug("a"));
    await expect.poll(() => logger.records.length, patience).toBeGreaterThan(1);
    buffer.record(slug("a"));
    store.isBroken = false;
    await expect.poll(() => store.sums.get(slug("a")), patience).toBe(2);
  });

  test("stays within its bound, counts what it drops, and says so once", async () => {
    const { store, logger, buffer } = setUp({ maxSlugs: 3 });
    for (const text of ["a", "b", "c", "d", "e", "a"]) buffer.record(slug(text));
    expect(buffer.droppedClicks).toBe(2);
    expect(logger.records.filter((record) => record.level === "error")).toHaveLength(1);
    await buffer.flush();
    expect(Object.fromEntries(store.sums)).toEqual({ a: 2, b: 1, c: 1 });
  });

  test("loses nothing that is recorded while a flush is under way", async () => {
    const { store, buffer } = setUp();
    let open: () => void = () => undefined;
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    buffer.record(slug("a"));
    const first = buffer.flush();
    buffer.record(slug("a"));
    const second = buffer.flush();
    open();
    await Promise.all([first, second]);
    expect(store.sums.get(slug("a"))).toBe(2);
  });

  test("hands many slugs over in bounded batches", async () => {
    const { store, buffer } = setUp({ flushAtClicks: 1_000_000 });
    for (let index = 0; index < 1_200; index += 1) buffer.record(slug(`s${index}`));
    await buffer.flush();
    expect(store.batchSizes).toEqual([500, 500, 200]);
  });

  test("closing waits for a flush that is under way, in all its batches", async () => {
    const { store, buffer } = setUp();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    for (let each = 0; each < 1200; each += 1) buffer.record(slug(`slug-${each}`));
    void buffer.flush();
    const closing = buffer.close();
    gate.resolve();
    expect(await closing).toEqual({ lostClicks: 0 });
    expect(store.sums.size).toBe(1200);
  });

  test("closing after a flush under way has failed says what is lost", async () => {
    const { store, buffer } = setUp();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    store.isBroken = true;
    buffer.record(slug("a"));
    void buffer.flush();
    const closing = buffer.close();
    gate.resolve();
    expect(await closing).toEqual({ lostClicks: 1 });
  });

  test("closing hands over the rest", async () => {
    const { store, buffer } = setUp();
    buffer.record(slug("a"));
    expect(await buffer.close()).toEqual({ lostClicks: 0 });
    expect(store.sums.get(slug("a"))).toBe(1);
  });

  test("closing with a broken store ends, and says what is lost", async () => {
    const { store, logger, buffer } = setUp();
    store.isBroken = true;
    buffer.record(slug("a"));
    buffer.record(slug("b"));
    expect(await buffer.close()).toEqual({ lostClicks: 2 });
    expect(logger.records.at(-1)).toMatchObject({ level: "error", fields: { lostClicks: 2 } });
  });
});
