import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../testing/seeded-random.ts";
import { generateSlug, parseSlug } from "./slug.ts";

function codeOf(text: string): string {
  const result = parseSlug(text);
  return result.ok ? "accepted" : result.failure.code;
}

describe("parseSlug", () => {
  test.each(["a", "7", "spring-sale", "Under_score", "A".repeat(64), "api2", "versions"])(
    "accepts %s",
    (text) => expect(codeOf(text)).toBe("accepted"),
  );

  test.each([
    ["", "empty"],
    ["A".repeat(65), "65 characters"],
    ["-a", "starts with"],
    ["_a", "starts with"],
    ["a b", "not allowed"],
    ["a/b", "not allowed"],
    ["a.b", "not allowed"],
    ["..", "not allowed"],
    ["a\n", "not allowed"],
    ["a\u0000", "not allowed"],
    ["%41", "not allowed"],
    ["caf\u00e9", "outside ASCII"],
    ["cafe\u0301", "outside ASCII"],
    ["аpi", "outside ASCII"],
    ["🔗", "outside ASCII"],
    ["\ud800", "outside ASCII"],
  ])("refuses %j and says why: %s", (text, reason) => {
    const result = parseSlug(text);
    expect(result).toMatchObject({ ok: false, failure: { code: "invalid-slug" } });
    expect(JSON.stringify(result)).toContain(reason);
  });

  test.each(["api", "API", "livez", "readyz", "version", "metrics", "Robots"])(
    "keeps %s for the service",
    (text) => expect(codeOf(text)).toBe("reserved-slug"),
  );

  test("never accepts what would need escaping in a URL", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 70 }), (text) => {
        const result = parseSlug(text);
        return !result.ok || encodeURIComponent(text) === text;
      }),
    );
  });
});

describe("generateSlug", () => {
  test("gives what parseSlug accepts, without characters that look alike", () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 2_000; round += 1) {
      const slug = generateSlug(random, 7);
      expect(codeOf(slug)).not.toBe("invalid-slug");
      expect(slug).toMatch(/^[^0Oo1Iil]{7}$/);
    }
  });

  test("uses its whole alphabet evenly", () => {
    const counts = new Map<string, number>();
    const text = generateSlug(new SeededRandom(3), 54_000);
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(55);
    expect(Math.min(...counts.values())).toBeGreaterThan(800);
    expect(Math.max(...counts.values())).toBeLessThan(1_200);
  });
});
