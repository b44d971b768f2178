import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Supervisor } from "./supervisor-client.ts";
import { getBytes, send, untilIdle } from "./testing/front-client.ts";
import { rawExchange, readUntil } from "./testing/raw-exchange.ts";
import { TestEnvironment, until, valueOf } from "./testing/test-environment.ts";

const mebibyte = 1024 * 1024;
let environment: TestEnvironment;
let supervisor: Supervisor;

beforeAll(async () => {
  environment = await TestEnvironment.create();
  supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
});

afterAll(async () => {
  await environment.remove();
});

test("the worker sees the request as it was sent, and where it came from", async () => {
  const answer = await rawExchange(
    supervisor.publicPort,
    "GET /headers?a=%20b&c=%00 HTTP/1.1\r\nHost: Example.com:81\r\nX-Twice: 1\r\nX-Twice: 2\r\nConnection: close, X-Private\r\n" +
      "X-Private: secret\r\nTE: trailers\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\nX-Latin: caf\xe9\r\n\r\n",
  );
  const body: unknown = JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1));
  const { url, raw } = body as { url: string; raw: string[] }; // as: the worker program wrote it
  expect(url).toBe("/headers?a=%20b&c=%00");
  const pairs = pairsOf(raw);
  expect(pairs).toEqual(
    expect.arrayContaining([
      "host: Example.com:81",
      "x-twice: 1",
      "x-twice: 2",
      "x-forwarded-for: 127.0.0.1",
      "x-forwarded-proto: http",
      "x-forwarded-host: Example.com:81",
    ]),
  );
  expect(
    pairs.filter((pair) => /private|secret|^te:|6\.6\.6\.6|forwarded: |https/.test(pair)),
  ).toEqual([]);
});

test("hop-by-hop headers of the answer stay behind; duplicates and bytes are kept", async () => {
  const answer = await rawExchange(supervisor.publicPort, getBytes("/hop"));
  expect(answer).toContain("set-cookie: a=1\r\nset-cookie: b=2");
  expect(answer).toContain("x-latin: caf\xe9");
  expect(answer).not.toContain("secret");
});

test("HEAD, 304, chunked, 103, HTTP/1.0", async () => {
  const head = await send(supervisor, "HEAD /down?size=5000");
  expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "5000", 0]);
  const notModified = await send(supervisor, "GET /not-modified");
  expect([notModified.status, notModified.headers["etag"], notModified.body.length]).toEqual([
    304,
    '"a"',
    0,
  ]);
  const chunked = await send(supervisor, "GET /chunked");
  expect([chunked.headers["transfer-encoding"], chunked.body.toString()]).toEqual([
    "chunked",
    "one two three",
  ]);
  expect((await send(supervisor, "GET /early-hints")).body.toString()).toBe("hinted");
  const old = await rawExchange(supervisor.publicPort, "GET /chunked HTTP/1.0\r\n\r\n");
  expect(old).toMatch(/one two three$/);
  expect(old).not.toContain("chunked");
});

test("pipelined requests are answered in order, each complete", async () => {
  const paths = ["/slow?ms=200", "/a", "/chunked", "/not-modified", "/b"];
  const answer = await rawExchange(
    supervisor.publicPort,
    paths.map((path) => getBytes(path, "keep-alive")).join("") + getBytes("/last"),
  );
  const order = [
    "one\r\n",
    "one GET /a",
    "three",
    "304 Not Modified",
    "one GET /b",
    "one GET /last",
  ].map((part) => answer.indexOf(part));
  expect(order.every((at) => at >= 0)).toBe(true);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(6);
});

test("a client that pipelines without end is cut off", async () => {
  const answer = await rawExchange(
    supervisor.publicPort,
    getBytes("/slow?ms=2000", "keep-alive").repeat(200),
  );
  expect(answer).toBe("");
  await untilIdle(supervisor);
});

test("100-continue: asked for when the worker is reached", async () => {
  const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1" });
  socket.write(
    "POST /up HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
  );
  const answer = readUntil(socket, /"sha256"/);
  await until(() => socket.bytesRead > 0);
  socket.write("hello");
  expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[^]*"size":5/);
  socket.destroy();
});

test("an absolute target names the host", async () => {
  const answer = await rawExchange(
    supervisor.publicPort,
    "GET http://b.example.com/headers?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  expect(answer).toContain('"url":"/headers?x"');
  expect(answer).toContain("b.example.com");
});

test("a declared body above the bound is refused with an answer that arrives", async () => {
  const answer = await rawExchange(
    supervisor.publicPort,
    `POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(2 * 1024 * mebibyte)}\r\n\r\n${"x".repeat(mebibyte)}`,
    /too large/,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test("a client that sends its headers a byte at a time is served", async () => {
  const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1", noDelay: true });
  const answer = readUntil(socket, /GET \/x/);
  for (const byte of getBytes("/x")) {
    socket.write(byte);
    await delay(1);
  }
  expect(await answer).toContain("one GET /x");
});

test("clients that go away in the middle leave nothing behind and are no failure", async () => {
  const { failed } = valueOf(await supervisor.status()).requests;
  for (const bytes of [
    getBytes("/slow?ms=500"),
    getBytes(`/down?size=${String(100 * mebibyte)}`),
    "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf",
  ]) {
    const sockets = Array.from({ length: 20 }, () =>
      connect({ port: supervisor.publicPort, host: "127.0.0.1" }),
    );
    const before = valueOf(await supervisor.status()).requests.total;
    for (const socket of sockets) socket.write(bytes);
    await until(async () => valueOf(await supervisor.status()).requests.total >= before + 20);
    for (const socket of sockets) socket.resetAndDestroy();
  }
  await untilIdle(supervisor);
  expect(valueOf(await supervisor.status()).requests.failed).toBe(failed);
});

test("a worker's failures: broken answers are cut, lost connections are 502 and for a POST never repeated", async () => {
  await expect(send(supervisor, "GET /broken")).rejects.toThrow(/aborted|socket hang up/);
  expect((await send(supervisor, "GET /garbage")).status).toBe(502);
  expect((await send(supervisor, "GET /reset")).status).toBe(502);
  expect((await send(supervisor, "POST /reset", Buffer.from("x"))).status).toBe(502);
});

test("an early answer to a large upload arrives, and the connection goes on", async () => {
  const answer = await send(supervisor, "POST /early", Buffer.alloc(8 * mebibyte));
  expect([413, 502]).toContain(answer.status);
  expect((await send(supervisor, "GET /next")).status).toBe(200);
});

test("headers and the first event of a stream arrive at once", async () => {
  for (const [path, seen] of [
    ["/events", /data: 1/],
    ["/flush", /\r\n\r\n/],
  ] as const) {
    expect(await rawExchange(supervisor.publicPort, getBytes(path), seen)).toMatch(seen);
  }
  await untilIdle(supervisor);
});

function pairsOf(raw: readonly string[]): string[] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1] ?? ""}`] : [],
  );
}
