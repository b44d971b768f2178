import { afterAll, beforeAll, expect, test } from "vitest";
import { createLink, readLink, visit } from "./testing/api-client.ts";
import type { BuiltService } from "./testing/build-service.ts";
import { buildService } from "./testing/build-service.ts";
import type { ServiceProcess } from "./testing/service-process.ts";
import { runService } from "./testing/service-process.ts";

let build: BuiltService;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  build = await buildService();
});

afterAll(async () => {
  for (const service of running) service.child.kill("SIGKILL");
  await Promise.all(running.map((service) => service.exited()));
  await build[Symbol.asyncDispose]();
});

function run(commit: string, database: string): ServiceProcess {
  const environment = {
    SHORTLINE_DATABASE_URL: `sqlite:${build.directory}/${database}`,
    BUILD_COMMIT: commit,
  };
  const service = runService({ directory: build.directory, environment });
  running.push(service);
  return service;
}

/** Clients that create and visit until told to stop; they use whatever addresses are current at each request. */
function startLoad(slugs: readonly string[], addresses: () => readonly string[]) {
  const failures: string[] = [];
  const visits = new Map<string, number>();
  const created: string[] = [];
  let isOn = true;

  async function client(number: number): Promise<void> {
    for (let turn = 0; isOn; turn += 1) {
      const urls = addresses();
      const url = urls[(number + turn) % urls.length] ?? "";
      try {
        await oneRequest(url, number, turn);
      } catch (error) {
        failures.push(`${url}: ${String(error)}`);
      }
    }
  }

  async function oneRequest(url: string, number: number, turn: number): Promise<void> {
    if (turn % 8 === 0) {
      const slug = `made-${number}-${turn}`;
      await createLink(url, { destination: "https://example.com/", slug });
      created.push(slug);
      return;
    }
    const slug = slugs[(number * 7 + turn) % slugs.length] ?? "";
    const status = await visit(url, slug);
    if (status !== 302) throw new Error(`status ${status}`);
    visits.set(slug, (visits.get(slug) ?? 0) + 1);
  }

  const clients = Array.from({ length: 12 }, (_, number) => client(number));
  return {
    failures,
    visits,
    created,
    requestCount: () =>
      created.length + [...visits.values()].reduce((sum, count) => sum + count, 0),
    stop: async () => {
      isOn = false;
      await Promise.all(clients);
    },
  };
}

/** Lets the load do so many more requests; the load itself says when. */
async function moreRequests(
  load: ReturnType<typeof startLoad>,
  count: number,
  probe: string,
): Promise<void> {
  const goal = load.requestCount() + count;
  while (load.requestCount() < goal && load.failures.length === 0)
    await fetch(`${probe}/livez`).then((each) => each.text());
}

test("two builds on one SQLite file under load: no request fails, one replaces the other, every click is counted", async () => {
  const older = run("older", "shared.db");
  const olderUrl = await older.listening();
  const slugs = Array.from({ length: 10 }, (_, index) => `shared-${index}`);
  for (const slug of slugs)
    await createLink(olderUrl, { destination: "https://example.com/", slug });

  let addresses = [olderUrl];
  const load = startLoad(slugs, () => addresses);
  await moreRequests(load, 300, olderUrl);
  const newer = run("newer", "shared.db");
  const newerUrl = await newer.listening();
  addresses = [olderUrl, newerUrl];
  await moreRequests(load, 1500, newerUrl);
  addresses = [newerUrl];
  older.child.kill("SIGTERM");
  expect((await older.exited()).code).toBe(0);
  await moreRequests(load, 300, newerUrl);
  await load.stop();

  expect(load.failures).toEqual([]);
  expect(load.requestCount()).toBeGreaterThan(2000);
  newer.child.kill("SIGTERM");
  expect((await newer.exited()).code).toBe(0);
  const lastUrl = await run("last", "shared.db").listening();
  for (const [slug, count] of load.visits)
    expect([slug, (await readLink(lastUrl, slug)).clicks]).toEqual([slug, count]);
  for (const slug of load.created) expect((await readLink(lastUrl, slug)).clicks).toBe(0);
});

test("two processes that start at once on a new file both serve", async () => {
  const both = [run("one", "fresh.db"), run("two", "fresh.db")];
  const urls = await Promise.all(both.map((service) => service.listening()));
  const links = await Promise.all(
    urls.map((url) => createLink(url, { destination: "https://example.com/" })),
  );
  for (const url of urls) for (const link of links) expect(await visit(url, link.slug)).toBe(302);
});
