import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startLoad } from "../testing/start-load.ts";
import { TestSite } from "../testing/test-site.ts";
import { createTestWorkshop } from "../testing/test-workshop.ts";
import type { TestBundle, TestWorkshop } from "../testing/test-workshop.ts";

let workshop: TestWorkshop;
let first: TestBundle;
let second: TestBundle;
let site: TestSite;

beforeAll(async () => {
  workshop = await createTestWorkshop();
  first = await workshop.buildBundle({ version: "1.0.0" });
  second = await workshop.buildBundle({ version: "1.0.1" });
});

afterAll(() => workshop.dispose());

beforeEach(async () => {
  site = new TestSite(workshop);
  await site.install(first);
});

afterEach(() => site.dispose());

describe("upgrade of a site that serves", () => {
  test("keeps the link and its clicks, and fails no request on the way there and back", async () => {
    await site.supervise();
    const created = await site.ask("/api/v1/links", {
      method: "POST",
      body: { destination: "https://example.com/", slug: "kept" },
    });
    expect(created.status).toBe(201);
    expect((await site.ask("/kept")).location).toBe("https://example.com/");
    const load = startLoad({ ...site.address(), path: "/kept" }, 302);

    expect(await site.upgrade(second)).toMatchObject({
      exitCode: 0,
      json: { from: "1.0.0", to: "1.0.1" },
    });
    expect(await site.versions()).toEqual({ current: "releases/1.0.1", serving: "1.0.1" });
    expect(await site.ctl("rollback")).toMatchObject({ exitCode: 0, json: { to: "1.0.0" } });
    expect(await site.versions()).toEqual({ current: "releases/1.0.0", serving: "1.0.0" });
    expect(await site.upgrade(second)).toMatchObject({ exitCode: 0 });

    const { requests, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
    await expect.poll(() => site.clicksOf("kept"), { timeout: 10_000 }).toBe(requests + 1);
  });
});
