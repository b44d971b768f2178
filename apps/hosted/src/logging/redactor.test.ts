import { describe, expect, test } from "vitest";
import { createRedactor } from "./redactor.ts";

const redactor = createRedactor(["correct-horse-battery", "short", "correct-horse"]);

describe("text", () => {
  test.each([
    ["key correct-horse-battery used", "key [redacted] used"],
    ["Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"],
    [
      "cannot reach postgres://app:pw@db.example.com/x",
      "cannot reach postgres://[redacted]@db.example.com/x",
    ],
    ["a short word stays", "a short word stays"],
    ["see https://go.example.com/a@b", "see https://go.example.com/a@b"],
  ])("%s", (given, expected) => {
    expect(redactor.text(given)).toBe(expected);
  });

  test("a huge one is cut, and a secret at the cut does not show its first half", () => {
    const text = redactor.text(`${"x".repeat(8180)}correct-horse-battery${"y".repeat(1_000_000)}`);
    expect(text.length).toBeLessThan(9000);
    expect(text).not.toContain("correct");
  });

  test("a hostile one takes no time", () => {
    const started = performance.now();
    redactor.text("http://".repeat(100_000));
    redactor.text("a".repeat(1_000_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("values", () => {
  test("fields with a secret's name are masked at any depth, their ids are not", () => {
    expect(
      redactor.value({
        apiKeyId: "k1",
        "x-api-key": "abc",
        headers: [{ Authorization: "abc", cookie: "c" }],
        password: 1,
      }),
    ).toEqual({
      apiKeyId: "k1",
      "x-api-key": "[redacted]",
      headers: [{ Authorization: "[redacted]", cookie: "[redacted]" }],
      password: "[redacted]",
    });
  });

  test("errors keep name, message, code, stack and cause, redacted", () => {
    const cause = Object.assign(new Error("at postgres://u:p@h"), { code: "ECONNREFUSED" });
    const value = JSON.stringify(
      redactor.value(new TypeError("with correct-horse-battery", { cause })),
    );
    expect(value).toContain('"name":"TypeError"');
    expect(value).toContain('"code":"ECONNREFUSED"');
    expect(value).not.toContain("correct");
    expect(value).not.toContain("u:p@");
  });

  test("cycles, depth, breadth and odd values stay plain JSON within bounds", () => {
    const cycle: Record<string, unknown> = {
      big: 10n,
      when: new Date(Number.NaN),
      run: () => 1,
      list: Array(1000).fill(1),
    };
    cycle["self"] = cycle;
    const text = JSON.stringify(redactor.value(cycle));
    expect(text).toContain("[too deep]");
    expect(text.length).toBeLessThan(5000);
  });
});
