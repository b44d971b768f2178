import { beforeEach, describe, expect, test } from "vitest";
import { LinkStoreError } from "../links/link-store.ts";
import { openMemoryStore } from "../testing/open-memory-store.ts";
import { createTestApp, type TestApp } from "../testing/test-app.ts";

const destination = "https://example.com/there?a=b#c";

let app: TestApp;

beforeEach(async () => {
  app = await createTestApp();
  await app.call("POST", "/api/v1/links", {
    destination,
    slug: "go",
    expiresAt: "2026-02-01T00:00:00Z",
  });
});

async function clicksOf(slug: string): Promise<unknown> {
  await app.clickBuffer.flush();
  const response = await app.call("GET", `/api/v1/links/${slug}`);
  const link = (await response.json()) as { clicks: number }; // documented shape
  return link.clicks;
}

describe("following a link", () => {
  test("GET redirects, is not cached, and counts", async () => {
    const response = await app.ask("/go");
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(destination);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(response.headers.get("x-request-id")).not.toBeNull();
    expect(await clicksOf("go")).toBe(1);
  });

  test("HEAD redirects and does not count", async () => {
    expect((await app.ask("/go", { method: "HEAD" })).status).toBe(302);
    expect(await clicksOf("go")).toBe(0);
  });

  test("a query does not get in the way", async () => {
    expect((await app.ask("/go?utm_source=x")).status).toBe(302);
  });

  test("an expired link is gone, at its very moment, and does not count", async () => {
    app.clock.advance(Date.parse("2026-02-01T00:00:00Z") - app.clock.now().getTime() - 1);
    expect((await app.ask("/go")).status).toBe(302);
    app.clock.advance(1);
    const response = await app.ask("/go");
    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ code: "link-expired" });
    expect(await clicksOf("go")).toBe(1);
  });

  test.each([
    ["/unknown"],
    ["/GO"],
    ["/%00"],
    ["/%E0%A4%A"],
    ["/..%2fapi"],
    ["/<script>"],
    ["/🔗"],
    [`/${"x".repeat(3000)}`],
  ])("%j is not found, and says what to do", async (path) => {
    const response = await app.ask(path);
    expect(response.status).toBe(404);
    const problem = await response.text();
    expect(problem).toContain('"code":"link-not-found"');
    expect(problem).toContain("Check the address"); // vitest's matcher is any
  });

  test("browsers get a page that loads and runs nothing", async () => {
    const response = await app.ask("/<script>alert(1)", { headers: { accept: "text/html,*/*" } });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).not.toContain("<script");
    expect(page).toContain("Check the address");
  });
});

describe("every answer", () => {
  test.each([
    ["GET", "/", 404, "route-not-found"],
    ["GET", "/a/b", 404, "route-not-found"],
    ["GET", "/go/", 404, "route-not-found"],
    ["POST", "/go", 405, "method-not-allowed"],
    ["DELETE", "/livez", 405, "method-not-allowed"],
    ["OPTIONS", "/openapi.json", 405, "method-not-allowed"],
    ["BREW", "/go", 405, "method-not-allowed"],
    ["GET", `/${"x".repeat(9000)}`, 414, "url-too-long"],
    ["GET", `/go?${"x".repeat(9000)}`, 414, "url-too-long"],
  ])("%s %s is a problem", async (method, path, status, code) => {
    const response = await app.ask(path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      status,
      code,
      type: `urn:shortline:problem:${code}`,
    });
  });

  test("a harmless request id is kept, any other is replaced", async () => {
    const idFor = async (id: string) =>
      (await app.ask("/livez", { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await idFor("abc-123")).toBe("abc-123");
    expect(await idFor("a b")).not.toBe("a b");
    expect(await idFor("x".repeat(65))).not.toBe("x".repeat(65));
    expect(await idFor("1")).not.toBe(await idFor(""));
  });
});

describe("for those who run it", () => {
  test("it says that it lives, is ready, and which build it is", async () => {
    expect(await (await app.ask("/livez")).json()).toEqual({ status: "ok" });
    expect(await (await app.ask("/readyz")).json()).toEqual({ status: "ready" });
    expect(await (await app.ask("/version")).json()).toEqual({
      commit: "c0ffee",
      digest: "sha256:d1",
      version: null,
    });
    expect(await (await app.ask("/openapi.json")).json()).toEqual(app.app.openApiDocument);
  });

  test("an app can add a route", async () => {
    const handle = () => new Response("shortline_up 1\n");
    app = await createTestApp({ extraRoutes: [{ path: "/metrics", handle }] });
    expect(await (await app.ask("/metrics")).text()).toBe("shortline_up 1\n");
  });
});

describe("when the database fails", () => {
  const secret = "password=hunter2 at /var/lib";
  const failing = async (message: string) => {
    const store = await openMemoryStore();
    const fail = () => Promise.reject(new LinkStoreError(message));
    return { ...methodsOf(store), findTarget: fail, check: fail, list: fail };
  };

  test("redirects and the API answer 503, and only the log knows why", async () => {
    app = await createTestApp({ store: await failing(secret) });
    for (const response of [await app.ask("/go"), await app.call("GET", "/api/v1/links")]) {
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      const text = await response.text();
      expect(text).toContain("store-unavailable");
      expect(text).not.toContain("hunter2");
    }
    expect(JSON.stringify(app.logger.records)).toContain("hunter2");
  });

  test("it is alive but not ready, and says for which reason", async () => {
    app = await createTestApp({ store: await failing(secret) });
    expect((await app.ask("/livez")).status).toBe(200);
    const response = await app.ask("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: "not-ready",
      reasons: [{ check: "database" }],
    });
  });

  test("a database that never answers makes it not ready in time", async () => {
    const store = await openMemoryStore();
    app = await createTestApp({
      store: { ...methodsOf(store), check: () => new Promise(() => undefined) },
    });
    expect((await app.ask("/readyz")).status).toBe(503);
  });

  test("a bug is a 500 without its stack", async () => {
    const store = await openMemoryStore();
    const findTarget = () => {
      throw new TypeError("x is not a function");
    };
    app = await createTestApp({ store: { ...methodsOf(store), findTarget } });
    const response = await app.ask("/go");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("x is not");
    expect(app.logger.records.at(-1)).toMatchObject({
      level: "error",
      message: "unexpected error",
    });
  });
});

/** The methods of a store as plain properties, so that a test can replace some. */
function methodsOf(store: TestApp["store"]): TestApp["store"] {
  return {
    insert: (link) => store.insert(link),
    find: (slug) => store.find(slug),
    findTarget: (slug) => store.findTarget(slug),
    list: (page) => store.list(page),
    update: (slug, changes, updatedAt) => store.update(slug, changes, updatedAt),
    remove: (slug) => store.remove(slug),
    addClicks: (counts) => store.addClicks(counts),
    check: () => store.check(),
  };
}
