import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { builtinModules } from "node:module";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLink, readLink, visit } from "./testing/api-client.ts";
import type { BuiltService } from "./testing/build-service.ts";
import { buildService } from "./testing/build-service.ts";
import { eventually } from "./testing/eventually.ts";
import type { ServiceProcess, ServiceProcessOptions } from "./testing/service-process.ts";
import { runService, testKey } from "./testing/service-process.ts";

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

function run(
  environment: Record<string, string> = {},
  more: Partial<ServiceProcessOptions> = {},
): ServiceProcess {
  const service = runService({
    directory: build.directory,
    environment: { SHORTLINE_DATABASE_URL: "sqlite::memory:", ...environment },
    ...more,
  });
  running.push(service);
  return service;
}

test("the build is main.js and the migrations, and imports nothing but Node's own modules", async () => {
  const files = await readdir(build.directory, { recursive: true, withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map((file) => file.name);
  expect(names.filter((name) => name.endsWith(".js"))).toEqual(["main.js"]);
  expect(names.filter((name) => name.endsWith(".sql")).length).toBeGreaterThanOrEqual(2);
  expect(names.filter((name) => name.endsWith(".map"))).toEqual([]);
  // esbuild's own format, as tsup writes it.
  const metafile = JSON.parse(await readFile(`${build.directory}/metafile-esm.json`, "utf8")) as {
    outputs: Record<string, { imports: { path: string; external?: boolean }[] }>;
  };
  const outside = Object.values(metafile.outputs).flatMap((output) =>
    output.imports.map((each) => each.path),
  );
  const unknown = outside.filter(
    (path) => !path.startsWith("node:") && !builtinModules.includes(path),
  );
  expect(unknown.filter((path) => path !== "pg-native" && path !== "cloudflare:sockets")).toEqual(
    [],
  );
});

test("from a folder elsewhere, with an empty environment, it serves; it says who it is", async () => {
  const service = run({ BUILD_COMMIT: "0123abc", BUILD_DIGEST: "sha256:feed" });
  const url = await service.listening();
  for (const path of ["/livez", "/readyz"]) expect((await fetch(url + path)).status).toBe(200);
  expect(await (await fetch(`${url}/version`)).json()).toEqual({
    commit: "0123abc",
    digest: "sha256:feed",
    version: null,
  });
  const { slug } = await createLink(url, { destination: "https://example.com/" });
  expect(await visit(url, slug)).toBe(302);
  service.child.kill("SIGTERM");
  expect((await service.exited()).code).toBe(0);
  expect(service.stderr()).toBe("");
});

test("it listens within a second of its start", async () => {
  const times: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const service = run();
    await service.listening();
    times.push(
      Number(service.lines().find((line) => line["message"] === "listening")?.["startMs"]),
    );
    service.child.kill("SIGKILL");
  }
  expect(Math.min(...times)).toBeLessThan(1000);
});

test("a configuration with several problems: all of them on stderr, nothing on stdout, exit 2", async () => {
  const service = run({ PORT: "eighty", SHORTLINE_API_KEYS: "", SHORTLINE_METRICS: "perhaps" });
  expect((await service.exited()).code).toBe(2);
  expect(service.lines()).toEqual([]);
  for (const name of ["PORT", "SHORTLINE_API_KEYS", "SHORTLINE_METRICS"])
    expect(service.stderr()).toContain(`  ${name} `);
});

test("an unknown option: exit 2 with the nearest; --help: exit 0 with an example", async () => {
  const wrong = run({}, { words: ["--hepl"] });
  expect((await wrong.exited()).code).toBe(2);
  expect(wrong.stderr()).toContain("Did you mean --help?");
  const help = run({ SHORTLINE_API_KEYS: "" }, { words: ["--help"] });
  expect((await help.exited()).code).toBe(0);
  expect(help.output()).toContain("Example:");
});

test("a port that is taken, or a database that cannot be opened: exit 1, with what to do in the log", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  // A TCP server's address is always an object.
  const { port } = taken.address() as AddressInfo;
  const second = run({ PORT: String(port) });
  const third = run({ SHORTLINE_DATABASE_URL: "sqlite:/does/not/exist/shortline.db" });
  expect((await second.exited()).code).toBe(1);
  expect((await third.exited()).code).toBe(1);
  taken.close();
  for (const [service, code] of [
    [second, "address-in-use"],
    [third, "database-unreachable"],
  ] as const) {
    expect(service.lines().at(-1)).toMatchObject({ level: "error", code });
    expect(service.lines().at(-1)?.["next"]).toMatch(/^[A-Z].*\.$/);
  }
});

test("a reader of the log that goes away does not stop the service", async () => {
  const service = run();
  const url = await service.listening();
  service.child.stdout.destroy();
  for (let count = 0; count < 20; count += 1)
    await createLink(url, { destination: "https://example.com/" });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  service.child.kill("SIGTERM");
  expect((await service.exited()).code).toBe(0);
});

test("no API key, password or bearer token reaches the log", async () => {
  const service = run({
    SHORTLINE_LOG_LEVEL: "debug",
    SHORTLINE_API_KEYS: `${testKey},another-secret-key-42`,
  });
  const url = await service.listening();
  await createLink(url, { destination: "https://example.com/" });
  const wrong = { Authorization: "Bearer not-a-key-of-this-service" };
  expect((await fetch(`${url}/api/v1/links`, { headers: wrong })).status).toBe(401);
  await eventually(
    "both requests are logged",
    () => service.lines().filter((line) => line["message"] === "api request").length === 2,
  );
  for (const secret of [testKey, "another-secret-key-42", "not-a-key-of-this-service"]) {
    expect(service.output()).not.toContain(secret);
  }
});

test("API requests are logged with their trace; a caller's trace is continued", async () => {
  const service = run();
  const url = await service.listening();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const headers = { "X-Api-Key": testKey, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  await fetch(`${url}/api/v1/links`, { headers });
  const line = await eventually("the request is logged", () =>
    service.lines().find((each) => each["message"] === "api request"),
  );
  expect(line["trace_id"]).toBe(traceId);
  expect(line["span_id"]).toMatch(/^[0-9a-f]{16}$/);
});

test("clicks are in the database after a stop right behind the visits", async () => {
  const environment = { SHORTLINE_DATABASE_URL: `sqlite:${build.directory}/clicks.db` };
  const first = run(environment);
  const firstUrl = await first.listening();
  await createLink(firstUrl, { destination: "https://example.com/", slug: "counted" });
  await Promise.all(Array.from({ length: 40 }, () => visit(firstUrl, "counted")));
  first.child.kill("SIGTERM");
  expect((await first.exited()).code).toBe(0);
  const second = run(environment);
  expect((await readLink(await second.listening(), "counted")).clicks).toBe(40);
});
