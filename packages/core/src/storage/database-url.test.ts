import { expect, test } from "vitest";
import { describeDatabase, parseDatabaseUrl } from "./database-url.ts";

test.each([
  ["sqlite:/var/lib/links.db", { kind: "sqlite", file: "/var/lib/links.db" }],
  ["sqlite:///var/lib/links.db", { kind: "sqlite", file: "/var/lib/links.db" }],
  ["sqlite:links.db", { kind: "sqlite", file: `${process.cwd()}/links.db` }],
  ["sqlite:file:x?mode=memory", { kind: "sqlite", file: `${process.cwd()}/file:x?mode=memory` }],
  ["sqlite::memory:", { kind: "sqlite", file: ":memory:" }],
  ["postgres://u:p@h:1/d", { kind: "postgres", url: "postgres://u:p@h:1/d" }],
  ["postgresql://h/d", { kind: "postgres", url: "postgresql://h/d" }],
])("reads %s", (text, location) => {
  expect(parseDatabaseUrl(text)).toEqual({ ok: true, value: location });
});

test.each([
  [""],
  ["sqlite:"],
  ["sqlite:/a\u0000b"],
  ["links.db"],
  ["mysql://h/d"],
  ["postgres://h:port/d"],
])("refuses %j", (text) => {
  expect(parseDatabaseUrl(text)).toMatchObject({
    ok: false,
    failure: { code: "database-url-invalid" },
  });
});

test("what is shown to people holds no secret", () => {
  const url = "postgres://user:secret@db.example.com:5432/links?password=secret";
  expect(describeDatabase({ kind: "postgres", url })).toBe("postgres://db.example.com:5432/links");
});
