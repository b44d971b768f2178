import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Destination } from "../links/destination.ts";
import type { LinkCursor, LinkStore } from "../links/link-store.ts";
import type { Link } from "../links/link.ts";
import type { Slug } from "../links/slug.ts";

export { FixedClock } from "./fixed-clock.ts";
export { MemoryLogger, type LogRecord } from "./memory-logger.ts";
export { SeededRandom } from "./seeded-random.ts";

/** An open store and how to let go of it. */
export interface StoreUnderTest {
  readonly store: LinkStore;
  close(): Promise<void>;
}

const startMs = Date.parse("2026-01-01T00:00:00.123Z");

/** What every `LinkStore` does. `openStore` gives an empty, migrated one. */
export function describeLinkStoreContract(
  name: string,
  openStore: () => Promise<StoreUnderTest>,
): void {
  describe(`${name} keeps the link store contract`, () => {
    let opened: StoreUnderTest;
    beforeAll(async () => {
      opened = await openStore();
    });
    afterAll(() => opened?.close());
    const store = () => opened.store;
    contentTests(store);
    boundaryTests(store);
    changeTests(store);
    clickTests(store);
    listTests(store);
    concurrencyTests(store);
    test("it says that it can be read", async () => {
      await expect(store().check()).resolves.toBeUndefined();
    });
  });
}

function contentTests(store: () => LinkStore): void {
  test("a link comes back as it went in", async () => {
    const link = newLink("content-full", {
      title: "Ünïcode 🔗 'quoted' \"twice\" \\ %",
      expiresAt: new Date("2040-02-29T23:59:59.999Z"),
    });
    expect(await store().insert(link)).toBe("inserted");
    expect(await store().find(link.slug)).toEqual({ ...link, clicks: 0 });
    expect(await store().findTarget(link.slug)).toEqual({
      destination: link.destination,
      expiresAtMs: link.expiresAt?.getTime(),
    });
  });

  test("absent title and expiry come back as null", async () => {
    const link = newLink("content-bare");
    await store().insert(link);
    expect(await store().find(link.slug)).toEqual({ ...link, clicks: 0 });
    expect(await store().findTarget(link.slug)).toEqual({
      destination: link.destination,
      expiresAtMs: null,
    });
  });

  test("the longest values fit", async () => {
    const link = newLink("L".repeat(64), {
      destination: destination(`https://example.com/${"d".repeat(2028)}`),
      title: "t".repeat(200),
      expiresAt: new Date("9999-12-31T23:59:59.999Z"),
    });
    await store().insert(link);
    expect(await store().find(link.slug)).toEqual({ ...link, clicks: 0 });
  });

  test("slugs that differ only in case are different links", async () => {
    await store().insert(
      newLink("case-a", { destination: destination("https://example.com/lower") }),
    );
    await store().insert(
      newLink("CASE-A", { destination: destination("https://example.com/upper") }),
    );
    expect((await store().find(slug("case-a")))?.destination).toBe("https://example.com/lower");
    expect((await store().find(slug("CASE-A")))?.destination).toBe("https://example.com/upper");
  });
}

function boundaryTests(store: () => LinkStore): void {
  test("an unknown slug is null everywhere", async () => {
    const unknown = slug("nobody-made-this");
    expect(await store().find(unknown)).toBeNull();
    expect(await store().findTarget(unknown)).toBeNull();
    expect(await store().update(unknown, { title: "x" }, new Date(startMs))).toBeNull();
    expect(await store().remove(unknown)).toBe(false);
  });

  test("text that looks like SQL stays text", async () => {
    const hostile = slug("x'; DROP TABLE links; --");
    expect(await store().find(hostile)).toBeNull();
    expect(await store().findTarget(hostile)).toBeNull();
    await expect(store().check()).resolves.toBeUndefined();
  });

  test("a taken slug is refused and the link there stays as it was", async () => {
    const first = newLink("taken", { title: "first" });
    await store().insert(first);
    expect(await store().insert(newLink("taken", { title: "second" }))).toBe("slug-taken");
    expect(await store().find(first.slug)).toEqual({ ...first, clicks: 0 });
  });
}

function changeTests(store: () => LinkStore): void {
  const changedAt = new Date(startMs + 60_000);

  test("an update changes the given fields and no others", async () => {
    const link = newLink("update-some", {
      title: "before",
      expiresAt: new Date("2030-01-01T00:00:00Z"),
    });
    await store().insert(link);
    const changes = { destination: destination("https://example.com/after") };
    const updated = await store().update(link.slug, changes, changedAt);
    expect(updated).toEqual({ ...link, ...changes, updatedAt: changedAt, clicks: 0 });
    expect(await store().find(link.slug)).toEqual(updated);
  });

  test("an update can set title and expiry to null", async () => {
    const link = newLink("update-null", {
      title: "before",
      expiresAt: new Date("2030-01-01T00:00:00Z"),
    });
    await store().insert(link);
    const updated = await store().update(link.slug, { title: null, expiresAt: null }, changedAt);
    expect(updated).toEqual({
      ...link,
      title: null,
      expiresAt: null,
      updatedAt: changedAt,
      clicks: 0,
    });
  });

  test("an update leaves the clicks alone", async () => {
    const link = newLink("update-clicks");
    await store().insert(link);
    await store().addClicks(new Map([[link.slug, 4]]));
    expect((await store().update(link.slug, { title: "after" }, changedAt))?.clicks).toBe(4);
  });

  test("a removed link is gone and its slug starts anew", async () => {
    const link = newLink("removed");
    await store().insert(link);
    await store().addClicks(new Map([[link.slug, 9]]));
    expect(await store().remove(link.slug)).toBe(true);
    expect(await store().find(link.slug)).toBeNull();
    expect(await store().remove(link.slug)).toBe(false);
    expect(await store().insert(link)).toBe("inserted");
    expect((await store().find(link.slug))?.clicks).toBe(0);
  });
}

function clickTests(store: () => LinkStore): void {
  test("clicks add up, slug by slug", async () => {
    await store().insert(newLink("clicks-a"));
    await store().insert(newLink("clicks-b"));
    await store().addClicks(
      new Map([
        [slug("clicks-a"), 2],
        [slug("clicks-b"), 1],
      ]),
    );
    await store().addClicks(new Map([[slug("clicks-a"), 3]]));
    expect((await store().find(slug("clicks-a")))?.clicks).toBe(5);
    expect((await store().find(slug("clicks-b")))?.clicks).toBe(1);
  });

  test("clicks on links that are gone are left out, the others count", async () => {
    await store().insert(newLink("clicks-there"));
    await store().addClicks(
      new Map([
        [slug("clicks-gone"), 7],
        [slug("clicks-there"), 1],
      ]),
    );
    expect((await store().find(slug("clicks-there")))?.clicks).toBe(1);
    expect(await store().find(slug("clicks-gone"))).toBeNull();
  });

  test("no clicks is nothing to do", async () => {
    await expect(store().addClicks(new Map())).resolves.toBeUndefined();
  });

  test("counts beyond 32 bits stay exact", async () => {
    await store().insert(newLink("clicks-many"));
    await store().addClicks(new Map([[slug("clicks-many"), 2 ** 40]]));
    await store().addClicks(new Map([[slug("clicks-many"), 1]]));
    expect((await store().find(slug("clicks-many")))?.clicks).toBe(2 ** 40 + 1);
  });
}

function listTests(store: () => LinkStore): void {
  // In the far future, so that these links come before those of the other tests.
  const listedMs = Date.parse("2500-01-01T00:00:00Z");

  test("pages hold every link once, newest first, ties by slug downwards", async () => {
    const expected: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const createdAt = new Date(listedMs + Math.floor(index / 3));
      await store().insert(newLink(`list-${index}`, { createdAt }));
      expected.unshift(`list-${index}`);
    }
    const seen: string[] = [];
    let after: LinkCursor | null = null;
    while (seen.length < expected.length) {
      const links: readonly Link[] = await store().list({ after, limit: 2 });
      seen.push(...links.map((link) => link.slug));
      const last = links.at(-1);
      if (last === undefined) break;
      after = { createdAtMs: last.createdAt.getTime(), slug: last.slug };
    }
    expect(seen.slice(0, expected.length)).toEqual(expected);
  });

  test("a cursor stays good when its link is removed", async () => {
    const cursor = { createdAtMs: listedMs + 1, slug: slug("list-4") };
    await store().remove(cursor.slug);
    const links = await store().list({ after: cursor, limit: 1 });
    expect(links.map((link) => link.slug)).toEqual(["list-3"]);
  });

  test("behind the last link there is nothing", async () => {
    expect(await store().list({ after: { createdAtMs: 0, slug: slug("0") }, limit: 10 })).toEqual(
      [],
    );
  });
}

function concurrencyTests(store: () => LinkStore): void {
  test("of many who insert one slug at once, one wins", async () => {
    const attempts = Array.from({ length: 20 }, (_, index) =>
      store().insert(newLink("race", { title: `${index}` })),
    );
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter((outcome) => outcome === "inserted")).toHaveLength(1);
  });

  test("clicks that are added at once, in different orders, all count", async () => {
    const slugs = Array.from({ length: 10 }, (_, index) => slug(`together-${index}`));
    for (const each of slugs) await store().insert(newLink(each));
    const flushes = Array.from({ length: 20 }, (_, index) => {
      const order = index % 2 === 0 ? slugs : slugs.toReversed();
      return store().addClicks(new Map(order.map((each) => [each, 1])));
    });
    await Promise.all(flushes);
    for (const each of slugs) expect((await store().find(each))?.clicks).toBe(20);
  });
}

function newLink(
  slugText: string,
  content: Partial<Omit<Link, "slug" | "clicks">> = {},
): Omit<Link, "clicks"> {
  return {
    slug: slug(slugText),
    destination: destination(`https://example.com/${encodeURIComponent(slugText)}`),
    title: null,
    createdAt: new Date(startMs),
    updatedAt: new Date(startMs),
    expiresAt: null,
    ...content,
  };
}

function slug(text: string): Slug {
  return text as Slug; // a store takes any text; some tests pass what parseSlug refuses
}

function destination(url: string): Destination {
  return url as Destination; // written out in these tests, and well formed
}
