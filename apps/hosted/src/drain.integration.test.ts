import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BuiltService } from "./testing/build-service.ts";
import { buildService } from "./testing/build-service.ts";
import { eventually } from "./testing/eventually.ts";
import type { ServiceProcess } from "./testing/service-process.ts";
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

function run(drainTimeoutMs: number): ServiceProcess {
  const environment = {
    SHORTLINE_DATABASE_URL: "sqlite::memory:",
    SHORTLINE_DRAIN_TIMEOUT_MS: String(drainTimeoutMs),
  };
  const service = runService({ directory: build.directory, environment });
  running.push(service);
  return service;
}

const body = JSON.stringify({ destination: "https://example.com/", slug: "in-flight" });

/** A request whose body has been sent by half: it is in flight until the test sends the rest. */
async function halfARequest(url: string): Promise<{ socket: Socket; finish(): Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.on("error", () => undefined);
  const head = `POST /api/v1/links HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${testKey}\r\nContent-Type: application/json\r\n`;
  // "100 Continue" comes once the server has taken the request, so that no test needs to guess.
  socket.write(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
  await eventually("the server takes the request", () => answer.includes("100 Continue"));
  socket.write(body.slice(0, 10));
  return {
    socket,
    finish: async () => {
      socket.write(body.slice(10));
      await once(socket, "close");
      return answer;
    },
  };
}

function saysStopping(service: ServiceProcess): Promise<boolean> {
  return eventually("the service says it stops", () =>
    service.lines().some((line) => line["message"] === "stopping"),
  );
}

test("SIGTERM: what is in flight completes, new connections are refused, exit 0", async () => {
  const service = run(10_000);
  const url = await service.listening();
  const request = await halfARequest(url);
  service.child.kill("SIGTERM");
  await saysStopping(service);
  await eventually("new connections are refused", () =>
    fetch(`${url}/livez`).then(
      () => undefined,
      () => true,
    ),
  );
  const answer = await request.finish();
  expect(answer).toContain("HTTP/1.1 201");
  expect(answer.toLowerCase()).toContain("connection: close");
  expect((await service.exited()).code).toBe(0);
  expect(service.lines()).toContainEqual(
    expect.objectContaining({ message: "drained", completed: 1, forced: 0 }),
  );
});

test("a client that never finishes holds the end for the drain timeout only", async () => {
  const service = run(400);
  const request = await halfARequest(await service.listening());
  service.child.kill("SIGTERM");
  const { code, tookMs } = await service.exited();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(5000);
  expect(service.lines()).toContainEqual(
    expect.objectContaining({ message: "drained", forced: 1 }),
  );
  request.socket.destroy();
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("a second %s ends it at once, with what is in flight", async (signal, code) => {
  const service = run(60_000);
  const request = await halfARequest(await service.listening());
  service.child.kill(signal);
  await saysStopping(service);
  service.child.kill(signal);
  const ended = await service.exited();
  expect(ended.code).toBe(code);
  expect(ended.tookMs).toBeLessThan(5000);
  request.socket.destroy();
});

test("SIGTERM while it starts is heard as soon as it has started: exit 0", async () => {
  const service = run(1000);
  await eventually("the database is migrated", () =>
    service.lines().some((line) => line["message"] === "database migrated"),
  );
  service.child.kill("SIGTERM");
  expect((await service.exited()).code).toBe(0);
});
