import type { LinkStore } from "./link-store.ts";
import type { Logger } from "./logger.ts";
import type { Slug } from "./slug.ts";

/** Bounds of a `ClickBuffer`; each has a default. */
export interface ClickBufferOptions {
  readonly store: Pick<LinkStore, "addClicks">;
  readonly logger: Logger;
  /** Longest time a click stays only in memory while the store works. Default 250. */
  readonly flushIntervalMs?: number;
  /** So many clicks waiting start a flush at once. Default 1000. */
  readonly flushAtClicks?: number;
  /** So many different slugs wait at most; clicks on further ones are dropped, counted and logged. Default 10000. */
  readonly maxSlugs?: number;
}

/** Slugs per store transaction, so that one flush never holds the database or the event loop for long. */
const slugsPerBatch = 500;

const closeAttempts = 3;

/**
 * Counts visits in memory and hands the sums to the store now and then, so that a redirect never
 * waits for a write. What a failing store does not take is kept (within `maxSlugs`) and tried again.
 */
export class ClickBuffer {
  readonly #store: Pick<LinkStore, "addClicks">;
  readonly #logger: Logger;
  readonly #flushIntervalMs: number;
  readonly #flushAtClicks: number;
  readonly #maxSlugs: number;
  #waiting = new Map<Slug, number>();
  #waitingClicks = 0;
  #droppedClicks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerIsUrgent = false;
  #flushing: Promise<void> | undefined;

  constructor(options: ClickBufferOptions) {
    this.#store = options.store;
    this.#logger = options.logger;
    this.#flushIntervalMs = options.flushIntervalMs ?? 250;
    this.#flushAtClicks = options.flushAtClicks ?? 1000;
    this.#maxSlugs = options.maxSlugs ?? 10_000;
  }

  /** Clicks in memory that the store has not taken yet. */
  get waitingClicks(): number {
    return this.#waitingClicks;
  }

  /** Clicks given up since the start because `maxSlugs` was reached. */
  get droppedClicks(): number {
    return this.#droppedClicks;
  }

  /** Counts one visit. Never throws, never waits. */
  record(slug: Slug): void {
    this.#add(slug, 1);
    if (this.#flushing !== undefined) return;
    if (this.#waitingClicks >= this.#flushAtClicks) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule(this.#flushIntervalMs);
  }

  /** Hands everything that waits to the store. Resolves even if the store fails: the clicks then wait on. */
  async flush(): Promise<void> {
    // A flush that is under way has already taken its share; one more takes what came after it.
    if (this.#flushing !== undefined) await this.#flushing;
    this.#flushing ??= this.#flushOnce().finally(() => {
      this.#flushing = undefined;
      if (this.#waitingClicks > 0) this.#schedule(this.#flushIntervalMs);
    });
    await this.#flushing;
  }

  /** Flushes for the last time. Says how many clicks the store did not take. */
  async close(): Promise<{ readonly lostClicks: number }> {
    // Clicks that a flush under way holds wait nowhere else: it is waited for before they are counted.
    await this.#flushing;
    for (let attempt = 0; attempt < closeAttempts && this.#waitingClicks > 0; attempt += 1) {
      await this.flush();
    }
    await this.#flushing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lostClicks = this.#waitingClicks;
    if (lostClicks > 0)
      this.#logger.error("clicks lost: the store did not take them", { lostClicks });
    return { lostClicks };
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined && (this.#timerIsUrgent || delayMs > 0)) return;
    clearTimeout(this.#timer);
    this.#timerIsUrgent = delayMs === 0;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, delayMs);
    // Closing flushes; a process that is otherwise done must not stay alive for this timer.
    this.#timer.unref();
  }

  async #flushOnce(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken = [...this.#waiting];
    this.#waiting = new Map();
    this.#waitingClicks = 0;
    for (let start = 0; start < taken.length; start += slugsPerBatch) {
      const batch = taken.slice(start, start + slugsPerBatch);
      if (start > 0) await letOthersRun();
      if (!(await this.#hand(batch))) {
        for (const [slug, count] of taken.slice(start)) this.#add(slug, count);
        return;
      }
    }
  }

  async #hand(batch: readonly (readonly [Slug, number])[]): Promise<boolean> {
    try {
      await this.#store.addClicks(new Map(batch));
      return true;
    } catch (error) {
      this.#logger.warn("clicks not stored yet, trying again", { reason: String(error) });
      return false;
    }
  }

  #add(slug: Slug, count: number): void {
    const known = this.#waiting.get(slug);
    if (known === undefined && this.#waiting.size >= this.#maxSlugs) {
      if (this.#droppedClicks === 0) {
        this.#logger.error("clicks dropped: too many wait for the store", {
          maxSlugs: this.#maxSlugs,
        });
      }
      this.#droppedClicks += count;
      return;
    }
    this.#waiting.set(slug, (known ?? 0) + count);
    this.#waitingClicks += count;
  }
}

function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
