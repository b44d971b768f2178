import { beforeEach, describe, expect, test } from "vitest";
import { createTestApp, testKey, type TestApp } from "../testing/test-app.ts";

const path = "/api/v1/links";
const destination = "https://example.com/";

let app: TestApp;

beforeEach(async () => {
  app = await createTestApp();
});

async function problemOf(response: Response) {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem: unknown = await response.json();
  expect(problem).toMatchObject({
    status: response.status,
    instance: response.headers.get("x-request-id"),
  });
  return problem;
}

describe("managing links", () => {
  test("a link is created, read, changed, listed and deleted", async () => {
    const created = await app.call("POST", path, {
      destination,
      slug: "spring",
      title: "Spring",
      expiresAt: "2027-01-01T00:00:00+01:00",
    });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`${path}/spring`);
    const link = {
      slug: "spring",
      shortUrl: "https://s.example.com/spring",
      destination,
      title: "Spring",
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      expiresAt: "2026-12-31T23:00:00.000Z",
      clicks: 0,
    };
    expect(await created.json()).toEqual(link);
    expect(await (await app.call("GET", `${path}/spring`)).json()).toEqual(link);

    app.clock.advance(1_000);
    const changed = await app.call("PATCH", `${path}/spring`, { title: null, expiresAt: null });
    const after = { ...link, title: null, expiresAt: null, updatedAt: "2026-01-01T00:00:01.000Z" };
    expect(await changed.json()).toEqual(after);
    expect(await (await app.call("GET", path)).json()).toEqual({
      links: [after],
      nextCursor: null,
    });

    expect((await app.call("DELETE", `${path}/spring`)).status).toBe(204);
    expect((await app.call("GET", `${path}/spring`)).status).toBe(404);
    expect((await app.call("DELETE", `${path}/spring`)).status).toBe(404);
    expect((await app.call("PATCH", `${path}/spring`, { title: "x" })).status).toBe(404);
  });

  test("without a public URL, short links start where the request came in", async () => {
    app = await createTestApp({ publicUrl: null });
    const created = await app.call("POST", path, { destination, slug: "a" });
    expect(await created.json()).toMatchObject({ shortUrl: "http://localhost/a" });
  });

  test("a taken slug is a conflict", async () => {
    await app.call("POST", path, { destination, slug: "a" });
    const second = await app.call("POST", path, { destination, slug: "a" });
    expect(second.status).toBe(409);
    expect(await problemOf(second)).toMatchObject({
      type: "urn:shortline:problem:slug-taken",
      code: "slug-taken",
    });
  });

  test("the list is paged through by its cursor", async () => {
    for (const slug of ["a", "b", "c"]) await app.call("POST", path, { destination, slug });
    const response = await app.call("GET", `${path}?limit=2`);
    const first = (await response.json()) as { nextCursor: string }; // documented shape
    const second = await app.call(
      "GET",
      `${path}?limit=2&cursor=${encodeURIComponent(first.nextCursor)}`,
    );
    expect(await second.json()).toMatchObject({ links: [{ slug: "a" }], nextCursor: null });
  });
});

describe("bad input", () => {
  test.each([
    ["no body", undefined, 400, "malformed-json"],
    ["cut JSON", '{"destination":', 400, "malformed-json"],
    ["two values", '{"destination":"https://example.com/"}{}', 400, "malformed-json"],
    ["a list", [], 400, "invalid-request"],
    ["null", null, 400, "invalid-request"],
    ["an empty object", {}, 400, "invalid-request"],
    ["a wrong type", { destination: 1 }, 400, "invalid-request"],
    ["an unknown field", { destination, clicks: 5 }, 400, "invalid-request"],
    [
      "a prototype",
      `{"destination":"${destination}","__proto__":{"slug":"x"}}`,
      400,
      "invalid-request",
    ],
    ["a script", { destination: "javascript:alert(1)" }, 400, "invalid-destination"],
    ["a header split", { destination: "https://example.com/\r\nX: y" }, 400, "invalid-destination"],
    ["an empty slug", { destination, slug: "" }, 400, "invalid-slug"],
    ["a path as slug", { destination, slug: "../x" }, 400, "invalid-slug"],
    ["a decomposed slug", { destination, slug: "cafe\u0301" }, 400, "invalid-slug"],
    ["a reserved slug", { destination, slug: "Api" }, 400, "reserved-slug"],
    ["a past expiry", { destination, expiresAt: "2025-01-01T00:00:00Z" }, 400, "invalid-expiry"],
    ["a title with a line end", { destination, title: "a\nb" }, 400, "invalid-title"],
    ["deep nesting", "[".repeat(30_000) + "]".repeat(30_000), 400, "invalid-request"],
    ["65 KiB", { destination, title: "x".repeat(65 * 1024) }, 413, "body-too-large"],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe]), 400, "malformed-json"],
  ])("%s is refused", async (_name, body, status, code) => {
    const response = await app.call("POST", path, body);
    expect(await problemOf(response)).toMatchObject({ code });
    expect(response.status).toBe(status);
    expect(await (await app.call("GET", path)).json()).toMatchObject({ links: [] });
  });

  test("a body of unknown length is cut off at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(32));
      },
    });
    const init = {
      method: "POST",
      body: endless,
      duplex: "half",
      headers: { "x-api-key": testKey, "content-type": "application/json" },
    };
    const response = await app.ask(path, init as RequestInit); // the DOM's type lacks `duplex`
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(10);
  });

  test.each([["text/plain"], ["application/x-www-form-urlencoded"], ["application/jsonp"], [""]])(
    "a body of type %j is refused",
    async (type) => {
      const headers = { "x-api-key": testKey, "content-type": type };
      const response = await app.ask(path, { method: "POST", headers, body: "{}" });
      expect(response.status).toBe(415);
      expect(await problemOf(response)).toMatchObject({ code: "unsupported-media-type" });
    },
  );

  test("JSON with a charset is JSON", async () => {
    const headers = { "x-api-key": testKey, "content-type": "application/json; charset=utf-8" };
    const body = JSON.stringify({ destination });
    expect((await app.ask(path, { method: "POST", headers, body })).status).toBe(201);
  });

  test.each([
    ["limit=0"],
    ["limit=1e9"],
    ["limit=-1"],
    ["limit=201"],
    ["limit="],
    ["cursor=x"],
    ["sort=asc"],
    ["limit=1&limit=2"],
  ])("the query %s is refused", async (query) => {
    const response = await app.call("GET", `${path}?${query}`);
    expect(response.status).toBe(400);
    await problemOf(response);
  });

  test.each([["%2e%2e"], ["a%00b"], ["%F0%9F%94%97"], ["%E0%A4%A"], ["x".repeat(500)]])(
    "the slug %s is simply not found",
    async (slug) => expect((await app.call("GET", `${path}/${slug}`)).status).toBe(404),
  );

  test("an empty change is refused", async () => {
    await app.call("POST", path, { destination, slug: "a" });
    expect((await app.call("PATCH", `${path}/a`, {})).status).toBe(400);
    expect((await app.call("PATCH", `${path}/a`, { slug: "b" })).status).toBe(400);
  });
});

describe("keys", () => {
  test.each([
    ["none", {}],
    ["a wrong one", { authorization: "Bearer wrong-key-0123456789" }],
    ["another scheme", { authorization: `Basic ${testKey}` }],
    ["an empty one", { authorization: "Bearer " }],
    ["a wrong one beside the right one", { authorization: "Bearer wrong", "x-api-key": testKey }],
    ["a huge one", { "x-api-key": "x".repeat(100_000) }],
  ])("%s: nobody gets in, whatever the route", async (_name, headers) => {
    for (const [method, route] of [
      ["GET", path],
      ["POST", path],
      ["DELETE", `${path}/a`],
      ["GET", "/api/v2"],
    ] as const) {
      const response = await app.ask(route, { method, headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      expect(await problemOf(response)).toMatchObject({ code: "unauthorized" });
    }
  });

  test.each([
    [{ authorization: `Bearer ${testKey}` }],
    [{ authorization: `bearer ${testKey}` }],
    [{ "x-api-key": testKey }],
  ])("%j gets in", async (headers) => expect((await app.ask(path, { headers })).status).toBe(200));

  test("the log names the key's id, never the key", async () => {
    await app.call("GET", path);
    expect(app.logger.records.at(-1)?.fields).toMatchObject({ route: path, status: 200 });
    expect(JSON.stringify(app.logger.records)).not.toContain(testKey);
  });
});
