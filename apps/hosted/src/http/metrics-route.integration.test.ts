import { readdir, readFile, readlink } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLink, visit } from "../testing/api-client.ts";
import type { BuiltService } from "../testing/build-service.ts";
import { buildService } from "../testing/build-service.ts";
import type { ServiceProcess } from "../testing/service-process.ts";
import { runService, testKey } from "../testing/service-process.ts";

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

function run(access: string): ServiceProcess {
  const environment = {
    SHORTLINE_DATABASE_URL: "sqlite::memory:",
    SHORTLINE_METRICS: access,
    BUILD_COMMIT: "0123abc",
  };
  const service = runService({ directory: build.directory, environment });
  running.push(service);
  return service;
}

test("open: Prometheus text with what the service did, labelled by route and never by slug", async () => {
  const url = await run("open").listening();
  const { slug } = await createLink(url, { destination: "https://example.com/" });
  for (let count = 0; count < 3; count += 1) await visit(url, slug);
  expect(await visit(url, "there-is-none")).toBe(404);
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  expect(text).toMatch(/^shortline_redirects_total\{outcome="redirected"\} 3$/m);
  expect(text).toMatch(/^target_info\{.*service_version="0123abc".*\} 1$/m);
  expect(text).toMatch(
    /^http_server_request_duration_bucket\{.*http_route="\/api\/v1\/links".*le="\+Inf"\} 1$/m,
  );
  expect(text).toMatch(/^process_memory_usage \d+$/m);
  expect(text).not.toContain(slug);
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE|UNIT) .+|[a-z_]+(\{.*\})? \S+)$/);
});

test("key: only with an API key", async () => {
  const url = await run("key").listening();
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  expect(
    (await fetch(`${url}/metrics`, { headers: { "X-Api-Key": "not-the-right-one-here" } })).status,
  ).toBe(401);
  expect(
    (await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${testKey}` } })).status,
  ).toBe(200);
});

test("off: there is no such address, whoever asks", async () => {
  const url = await run("off").listening();
  expect((await fetch(`${url}/metrics`, { headers: { "X-Api-Key": testKey } })).status).toBe(404);
});

test("the process listens on one port, and no other", async () => {
  const service = run("open");
  const url = await service.listening();
  await fetch(`${url}/metrics`);
  expect(await listeningPorts(service.pid)).toEqual([Number(new URL(url).port)]);
});

/** The TCP ports a process listens on, as the kernel tells it. */
async function listeningPorts(pid: number): Promise<readonly number[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    descriptors.map((each) => readlink(`/proc/${pid}/fd/${each}`).catch(() => "closed meanwhile")),
  );
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((table) => readFile(`/proc/${pid}/net/${table}`, "utf8")),
  );
  const rows = tables.flatMap((table) => table.split("\n").map((row) => row.trim().split(/\s+/)));
  const isListening = "0A";
  return rows
    .filter((row) => row[3] === isListening && sockets.has(row[9] ?? ""))
    .map((row) => Number.parseInt(row[1]?.split(":").at(-1) ?? "", 16));
}
