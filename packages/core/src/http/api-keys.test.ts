import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createKeyCheck, parseApiKeys, type ApiKey } from "./api-keys.ts";

const key = "sixteen-chars-ok";
const digest = createHash("sha256").update(key).digest("hex");

function parsed(text: string): readonly ApiKey[] {
  const keys = parseApiKeys(text);
  if (!keys.ok) throw new Error(keys.failure.message);
  return keys.value;
}

describe("parseApiKeys", () => {
  test("reads keys and digests, drops blanks, counts a key once", () => {
    expect(parsed(` ${key} , sha256:${digest.toUpperCase()},, another-key-12345 `)).toEqual([
      { id: digest.slice(0, 8), sha256: digest },
      parsed("another-key-12345")[0],
    ]);
  });

  test.each([
    [""],
    [" , ,"],
    ["fifteen-chars-x"],
    ["x".repeat(257)],
    ["has a blank in it"],
    ["schlüssel-schlüssel"],
    ["sha256:abc"],
    [`sha256:${"g".repeat(64)}`],
    [Array.from({ length: 101 }, (_, index) => `key-number-${index}-long`).join(",")],
  ])("refuses %j without repeating it", (text) => {
    const result = parseApiKeys(text);
    expect(result).toMatchObject({ ok: false, failure: { code: "invalid-api-keys" } });
    expect(text.length > 3 && JSON.stringify(result).includes(text)).toBe(false);
  });

  test("names the entry that is wrong", () => {
    expect(JSON.stringify(parseApiKeys(`${key},short`))).toContain("number 2");
  });
});

describe("createKeyCheck", () => {
  const check = createKeyCheck(parsed(`${key},another-key-12345`));

  test("finds the key that was presented", () => {
    expect(check(key)?.id).toBe(digest.slice(0, 8));
    expect(check("another-key-12345")).not.toBeNull();
  });

  test.each([
    [""],
    ["sixteen-chars-oK"],
    [digest],
    [`sha256:${digest}`],
    ["x".repeat(100_000)],
    ["\ud800"],
  ])("does not know %j", (presented) => expect(check(presented)).toBeNull());

  test("without keys, nobody gets in", () => {
    expect(createKeyCheck([])("")).toBeNull();
  });
});
