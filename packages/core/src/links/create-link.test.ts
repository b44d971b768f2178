import { expect, test } from "vitest";
import { FixedClock } from "../testing/fixed-clock.ts";
import { openMemoryStore } from "../testing/open-memory-store.ts";
import { SeededRandom } from "../testing/seeded-random.ts";
import { createLink, type CreateLinkDeps } from "./create-link.ts";

const destination = "https://example.com/";

async function dependencies(): Promise<CreateLinkDeps> {
  return { store: await openMemoryStore(), clock: new FixedClock(), random: new SeededRandom() };
}

test("a generated slug that is taken is replaced by another", async () => {
  const deps = await dependencies();
  const first = await createLink({ ...deps, random: new SeededRandom(5) }, { destination });
  const second = await createLink({ ...deps, random: new SeededRandom(5) }, { destination });
  expect(first.ok && second.ok && first.value.slug !== second.value.slug).toBe(true);
});

test("when short slugs keep colliding, longer ones are tried, and in the end it says so", async () => {
  const deps = { ...(await dependencies()), random: { integerBelow: () => 0 } };
  const lengths: number[] = [];
  for (;;) {
    const link = await createLink(deps, { destination });
    if (!link.ok) {
      expect(link.failure.code).toBe("slugs-exhausted");
      break;
    }
    lengths.push(link.value.slug.length);
  }
  expect(lengths).toEqual([7, 8, 9, 12, 16]);
});

test("a chosen slug that is taken is refused, also when both are created at once", async () => {
  const deps = await dependencies();
  const both = await Promise.all([
    createLink(deps, { destination, slug: "mine" }),
    createLink(deps, { destination, slug: "mine" }),
  ]);
  expect(both.map((link) => (link.ok ? "created" : link.failure.code)).toSorted()).toEqual([
    "created",
    "slug-taken",
  ]);
});

test("a refused link leaves nothing behind", async () => {
  const deps = await dependencies();
  const refused = await createLink(deps, {
    destination,
    slug: "mine",
    expiresAt: "2020-01-01T00:00:00Z",
  });
  expect(refused).toMatchObject({ ok: false, failure: { code: "invalid-expiry" } });
  expect(await deps.store.list({ after: null, limit: 1 })).toEqual([]);
});
