import { createServer, get } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { Server } from "node:net";
import { once } from "node:events";
import { Pool } from "undici";
import { afterEach, expect, test } from "vitest";
import { frontBounds } from "./environment-bounds.ts";
import type { FrontBounds } from "./environment-bounds.ts";
import { FrontProxy } from "./front-proxy.ts";
import { ServingGate } from "./serving-gate.ts";
import { until } from "./testing/test-environment.ts";

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test("1,000 requests while no worker is live: a bounded number waits, the rest is told to come again", async () => {
  const { front, url } = await startFront({ requestsWaiting: 300, waitMs: 1_000 });
  const answers = Array.from({ length: 1_000 }, () => ask(url));
  await until(() => front.status().requests.failed === 700);
  expect(front.status()).toEqual({ waiting: 300, requests: { total: 1_000, failed: 700 } });
  const all = await Promise.all(answers);
  expect(all.every(({ status, retryAfter }) => status === 503 && retryAfter === "1")).toBe(true);
  expect(front.status()).toEqual({ waiting: 0, requests: { total: 1_000, failed: 1_000 } });
});

test("those that wait are served as soon as a worker is there", async () => {
  const { front, gate, url } = await startFront({});
  const answers = Array.from({ length: 1_000 }, () => ask(url));
  await until(() => front.status().waiting === 1_000);
  gate.point(targetOn(await startWorker()));
  const all = await Promise.all(answers);
  expect(all.filter(({ status }) => status === 200)).toHaveLength(1_000);
  expect(front.status()).toEqual({ waiting: 0, requests: { total: 1_000, failed: 0 } });
});

test("a build that is given up holds nobody back", async () => {
  const { front, gate, url } = await startFront({});
  const waiting = ask(url);
  await until(() => front.status().waiting === 1);
  gate.giveUp();
  expect((await waiting).status).toBe(503);
  expect((await ask(url)).status).toBe(503);
});

test("clients that stop waiting make room", async () => {
  const { front, url } = await startFront({ requestsWaiting: 10 });
  const clients = Array.from({ length: 10 }, () =>
    get(url, { agent: false }).on("error", () => undefined),
  );
  await until(() => front.status().waiting === 10);
  for (const client of clients) client.destroy();
  await until(() => front.status().waiting === 0);
  expect(front.status().requests.failed).toBe(0);
});

test("a worker that closes kept-alive connections without a word: no GET fails", async () => {
  const worker = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      // About when the front sends the next request.
      setTimeout(() => socket.resetAndDestroy(), Math.random() * 4);
    });
  });
  const { front, gate, url } = await startFront({});
  gate.point(targetOn(await listen(worker)));
  for (let round = 0; round < 100; round += 1) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }
  expect(front.status().requests).toEqual({ total: 1_000, failed: 0 });
});

test("a POST whose connection is lost is sent once", async () => {
  let seen = 0;
  const worker = createServer((request) => {
    seen += 1;
    request.socket.resetAndDestroy();
  });
  const { gate, url } = await startFront({});
  gate.point(targetOn(await listen(worker)));
  expect((await fetch(url, { method: "POST" })).status).toBe(502);
  expect(seen).toBe(1);
  expect((await fetch(url)).status).toBe(502);
  expect(seen).toBe(1 + frontBounds.sends);
});

test("a worker without an answer is 504; a body above the bound 413, chunked too", async () => {
  const { gate, url } = await startFront({ requestBodySizeBytes: 1_000 });
  const silent = createServer(() => undefined);
  gate.point(targetOn(await listen(silent), 300));
  expect((await fetch(url)).status).toBe(504);
  gate.point(targetOn(await startWorker()));
  const chunked = new ReadableStream({
    pull: (controller) => {
      controller.enqueue(Buffer.alloc(600));
      if ((sent += 1) === 4) controller.close();
    },
  });
  let sent = 0;
  expect((await fetch(url, { method: "PUT", body: chunked, duplex: "half" })).status).toBe(413);
  expect((await fetch(url, { method: "PUT", body: Buffer.alloc(1_001) })).status).toBe(413);
  expect((await fetch(url, { method: "PUT", body: Buffer.alloc(1_000) })).status).toBe(200);
});

async function startFront(
  more: Partial<FrontBounds>,
): Promise<{ front: FrontProxy; gate: ServingGate; url: string }> {
  const bounds = { ...frontBounds, ...more };
  const gate = new ServingGate(bounds.requestsWaiting);
  const front = new FrontProxy(gate, bounds);
  const { port } = await front.listen({ host: "127.0.0.1", port: 0 });
  closers.push(() => front.close({ drainMs: 0 }));
  return { front, gate, url: `http://127.0.0.1:${String(port)}/` };
}

function startWorker(): Promise<number> {
  return listen(
    createServer((request, response) => {
      request.resume().on("end", () => response.end("ok"));
    }),
  );
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function targetOn(
  port: number,
  headersTimeout = 10_000,
): { dispatcher: Pool; begin: () => void; end: () => void } {
  const dispatcher = new Pool(`http://127.0.0.1:${String(port)}`, {
    headersTimeout,
    allowH2: false,
  });
  closers.push(() => dispatcher.destroy());
  return { dispatcher, begin: () => undefined, end: () => undefined };
}

async function ask(url: string): Promise<{ status: number; retryAfter: string | undefined }> {
  const [response] = (await once(get(url, { agent: false }), "response")) as [IncomingMessage]; // as: what the event carries
  response.resume();
  await once(response, "end");
  return { status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] };
}
