import { describe, expect, test } from "vitest";
import { parseExpiry } from "./link-expiry.ts";
import { parseTitle } from "./link-title.ts";

const now = new Date("2026-01-01T00:00:00Z");

describe("parseExpiry", () => {
  test.each([
    ["2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.001Z"],
    ["2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"],
  ])("reads %s", (text, expected) => {
    const result = parseExpiry(text, now);
    expect(result.ok && result.value?.toISOString()).toBe(expected);
  });

  test("null is never", () => {
    expect(parseExpiry(null, now)).toEqual({ ok: true, value: null });
  });

  test.each([
    [""],
    ["tomorrow"],
    ["2027-01-01"],
    ["2027-01-01T00:00:00"],
    ["2027-02-30T00:00:00Z"],
    ["2027-02-29T00:00:00Z"],
    ["2027-13-01T00:00:00Z"],
    ["2027-01-01T25:00:00Z"],
    ["2027-01-01T00:00:00+99:00"],
    ["+12027-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59-01:00"],
    ["1767225600"],
    ["2026-01-01T00:00:00Z"],
    ["2025-12-31T23:59:59Z"],
    ["2026-01-01T00:30:00+01:00"],
  ])("refuses %j", (text) => {
    expect(parseExpiry(text, now)).toMatchObject({
      ok: false,
      failure: { code: "invalid-expiry" },
    });
  });
});

describe("parseTitle", () => {
  test.each([
    [null, null],
    ["", null],
    ["   ", null],
    ["  Spring  sale ", "Spring  sale"],
    ["Cafe\u0301", "Caf\u00e9"],
    ["<script>", "<script>"],
    ["🔗".repeat(100), "🔗".repeat(100)],
  ])("reads %j as %j", (text, expected) => {
    expect(parseTitle(text)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ["a\nb"],
    ["a\u0000"],
    ["a\u2028x"],
    ["\ud800"],
    ["x".repeat(201)],
    ["\ufb2c".repeat(150)],
  ])("refuses %j", (text) => {
    expect(parseTitle(text)).toMatchObject({ ok: false, failure: { code: "invalid-title" } });
  });
});
