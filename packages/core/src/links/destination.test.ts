import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxDestinationLength, parseDestination } from "./destination.ts";

describe("parseDestination", () => {
  test.each([
    ["https://example.com", "https://example.com/"],
    ["http://example.com:8080/a?b=c#d", "http://example.com:8080/a?b=c#d"],
    ["HTTPS://EXAMPLE.COM/Path", "https://example.com/Path"],
    ["https://example.com/ünï?q=ü", "https://example.com/%C3%BCn%C3%AF?q=%C3%BC"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["https://[::1]/", "https://[::1]/"],
    ["https://example.com/a/../b", "https://example.com/b"],
  ])("reads %s as %s", (text, expected) => {
    expect(parseDestination(text)).toEqual({ ok: true, value: expected });
  });

  test.each([
    [""],
    ["example.com"],
    ["//example.com"],
    ["/path"],
    ["javascript:alert(1)"],
    ["JavaScript://example.com/%0aalert(1)"],
    ["data:text/html,x"],
    ["file:///etc/passwd"],
    ["ftp://example.com/"],
    ["blob:https://example.com/1"],
    ["https:example.com"],
    ["https:\\\\example.com"],
    ["https://"],
    ["https://exa mple.com"],
    [" https://example.com"],
    ["https://example.com/\r\nSet-Cookie: a=b"],
    ["java\tscript:alert(1)"],
    ["https://example.com/\u0000"],
    ["https://example.com/\u2028"],
    ["https://example.com/\ud800"],
    ["https://user:password@example.com/"],
    ["https://example.org@example.com/"],
    ["https://example.com:99999/"],
    [`https://example.com/${"a".repeat(maxDestinationLength)}`],
    [`https://example.com/${"ü".repeat(700)}`],
  ])("refuses %j", (text) => {
    expect(parseDestination(text)).toMatchObject({
      ok: false,
      failure: { code: "invalid-destination" },
    });
  });

  test("accepts exactly the longest", () => {
    const longest = `https://example.com/${"a".repeat(maxDestinationLength - 20)}`;
    expect(parseDestination(longest).ok).toBe(true);
    expect(parseDestination(`${longest}a`).ok).toBe(false);
  });

  test(
    "gives only what is safe in a header, and reads it again as itself",
    { timeout: 60_000 },
    () => {
      const urls = fc.oneof(
        fc.webUrl({ withFragments: true, withQueryParameters: true }),
        fc.string({ unit: "binary" }).map((text) => `https://example.com/${text}`),
        fc.string({ unit: "binary" }),
      );
      fc.assert(
        fc.property(urls, (text) => {
          const result = parseDestination(text);
          if (!result.ok) return result.failure.next.length > 0;
          const again = parseDestination(result.value);
          return (
            /^https?:\/\/[\u0021-\u007e]+$/.test(result.value) &&
            again.ok &&
            again.value === result.value
          );
        }),
      );
    },
  );
});
