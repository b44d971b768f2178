import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createOpenApiDocument } from "./openapi-document.ts";
import { allowedMethods } from "./route-template.ts";

const document = createOpenApiDocument();

test("the committed document is what the code describes; else run: pnpm --filter @shortline/core openapi", async () => {
  const committed = await readFile(new URL("../../openapi.json", import.meta.url), "utf8");
  expect(committed).toBe(`${JSON.stringify(document, null, 2)}\n`);
});

test("every documented method is one that the route answers to, and the other way round", () => {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    const documented = Object.keys(item).map((method) => method.toUpperCase());
    const answered = allowedMethods(path)?.split(", ") ?? [];
    expect(new Set([...documented, "HEAD"]), path).toEqual(new Set(answered));
  }
});

test("every operation has a name of its own, and every managing one asks for a key", () => {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) => {
    // A path item holds nothing but operations in this document.
    const found = Object.values(item) as { operationId: string; security?: unknown[] }[];
    return found.map((operation) => ({ path, ...operation }));
  });
  const names = operations.map((operation) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { path, security } of operations) {
    expect(security !== undefined, path).toBe(path.startsWith("/api/"));
  }
});
