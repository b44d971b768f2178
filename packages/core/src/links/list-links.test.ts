import { beforeAll, describe, expect, test } from "vitest";
import { FixedClock } from "../testing/fixed-clock.ts";
import { openMemoryStore } from "../testing/open-memory-store.ts";
import { SeededRandom } from "../testing/seeded-random.ts";
import { createLink } from "./create-link.ts";
import type { LinkStore } from "./link-store.ts";
import { listLinks } from "./list-links.ts";

let store: LinkStore;

beforeAll(async () => {
  store = await openMemoryStore();
  const clock = new FixedClock();
  const random = new SeededRandom();
  for (let index = 0; index < 5; index += 1) {
    await createLink(
      { store, clock, random },
      { destination: "https://example.com/", slug: `n${index}` },
    );
    clock.advance(index % 2);
  }
});

describe("listLinks", () => {
  test("pages through everything and ends with a null cursor", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listLinks(store, { cursor, limit: 2 });
      if (!page.ok) throw new Error(page.failure.message);
      seen.push(...page.value.links.map((link) => link.slug));
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor !== undefined && seen.length < 10);
    expect(seen).toEqual(["n4", "n3", "n2", "n1", "n0"]);
  });

  test("a page that holds exactly the rest is the last", async () => {
    const page = await listLinks(store, { limit: 5 });
    expect(page.ok && page.value.nextCursor).toBeNull();
  });

  test.each([[0], [-1], [201], [1.5], [Number.NaN]])("refuses the limit %d", async (limit) => {
    expect(await listLinks(store, { limit })).toMatchObject({ failure: { code: "invalid-limit" } });
  });

  test.each([
    [""],
    ["x"],
    ["."],
    ["zz."],
    [".slug"],
    ["zzzzzzzzzzz.a"],
    ["1.a/b"],
    ["1.ä"],
    ["-1.a"],
  ])("refuses the cursor %j", async (cursor) => {
    expect(await listLinks(store, { cursor })).toMatchObject({
      failure: { code: "invalid-cursor" },
    });
  });
});
