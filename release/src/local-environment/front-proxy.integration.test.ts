import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Supervisor } from "./supervisor-client.ts";
import { rawExchange, readUntil } from "./testing/raw-exchange.ts";
import { TestEnvironment, until, urlOf, valueOf } from "./testing/test-environment.ts";

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
  const { url, raw } = JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1));
  expect(url).toBe("/headers?a=%20b&c=%00");
  const pairs = pairsOf(raw);
  expect(pairs).toEqual(
    expect.arrayContaining(["host: Example.com:81", "x-twice: 1", "x-twice: 2", "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http", "x-forwarded-host: Example.com:81"]),
  );
  expect(pairs.filter((pair) => /private|secret|^te:|6\.6\.6\.6|forwarded: |https/.test(pair))).toEqual([]);
});

test("hop-by-hop headers of the answer stay behind; duplicates and bytes are kept", async () => {
  const answer = await rawExchange(supervisor.publicPort, get("/hop"));
  expect(answer).toContain("set-cookie: a=1\r\nset-cookie: b=2");
  expect(answer).toContain("x-latin: caf\xe9");
  expect(answer).not.toContain("secret");
});

test("HEAD, 304, chunked, 103, HTTP/1.0", async () => {
  const head = await send("HEAD", "/down?size=5000");
  expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "5000", 0]);
  const notModified = await send("GET", "/not-modified");
  expect([notModified.status, notModified.headers["etag"], notModified.body.length]).toEqual([304, '"a"', 0]);
  const chunked = await send("GET", "/chunked");
  expect([chunked.headers["transfer-encoding"], chunked.body.toString()]).toEqual(["chunked", "one two three"]);
  expect((await send("GET", "/early-hints")).body.toString()).toBe("hinted");
  const old = await rawExchange(supervisor.publicPort, "GET /chunked HTTP/1.0\r\n\r\n");
  expect(old).toMatch(/one two three$/);
  expect(old).not.toContain("chunked");
});

test("pipelined requests are answered in order, each complete", async () => {
  const paths = ["/slow?ms=200", "/a", "/chunked", "/not-modified", "/b"];
  const answer = await rawExchange(supervisor.publicPort, paths.map((path) => get(path, "keep-alive")).join("") + get("/last"));
  const order = ["one\r\n", "one GET /a", "three", "304 Not Modified", "one GET /b", "one GET /last"].map((part) => answer.indexOf(part));
  expect(order.every((at) => at >= 0)).toBe(true);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(6);
});

test("a client that pipelines without end is cut off", async () => {
  const answer = await rawExchange(supervisor.publicPort, get("/slow?ms=2000", "keep-alive").repeat(200));
  expect(answer).toBe("");
  await untilIdle();
});

test("100-continue: asked for when the worker is reached", async () => {
  const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1" });
  socket.write("POST /up HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  const answer = readUntil(socket, /"sha256"/);
  await until(() => socket.bytesRead > 0);
  socket.write("hello");
  expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[^]*"size":5/);
  socket.destroy();
});

test.each([
  ["both lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["both lengths, the other way round", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"],
  ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"],
  ["a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"],
  ["a hidden encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
  ["an encoding that is not undone", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello"],
  ["a NUL in a header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"],
  ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"],
  ["a bare line feed", "GET / HTTP/1.1\nHost: a\n\n"],
  ["a bare carriage return", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
  ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["a target that is no path", "GET evil HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["headers without end", `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"x".repeat(20_000)}\r\n\r\n`],
  ["a bad chunk size", "POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"],
  ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
])("hostile: %s is refused and goes no further", async (_name, bytes) => {
  const answer = await rawExchange(supervisor.publicPort, Buffer.from(bytes, "latin1"), /\r\n\r\n/);
  // Where the parser gives up in the middle of a refusal, the connection is closed without words.
  expect(answer).toMatch(/^(?:$|HTTP\/1\.1 (?:400|405|431|501|502) )/);
  expect(answer).not.toContain("smuggled");
  expect((await send("GET", "/after")).body.toString()).toBe("one GET /after");
});

test("an absolute target names the host", async () => {
  const answer = await rawExchange(supervisor.publicPort, "GET http://b.example.com/headers?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(answer).toContain('"url":"/headers?x"');
  expect(answer).toContain("b.example.com");
});

test("a declared body above the bound is refused with an answer that arrives", async () => {
  const answer = await rawExchange(supervisor.publicPort, `POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(2 * 1024 * mebibyte)}\r\n\r\n${"x".repeat(mebibyte)}`, /too large/);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test("100 MB each way, four at a time, with flat memory", async () => {
  const size = 100 * mebibyte;
  await Promise.all([upload(4 * mebibyte), download(4 * mebibyte)]);
  const before = await residentBytes();
  const sampler = sampleMemory();
  await Promise.all([upload(size), upload(size), download(size), download(size)]);
  const peak = await sampler.stop();
  console.log(`supervisor memory: ${mib(before)} MiB before, ${mib(peak)} MiB at most with 4 x 100 MiB in flight`);
  expect(peak - before).toBeLessThan(100 * mebibyte);
  expect(valueOf(await supervisor.status()).requests.failed).toBeLessThan(5);
});

test("a client that reads slowly holds back the worker, not the memory", async () => {
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1" });
      socket.write(get(`/down?size=${String(100 * mebibyte)}`));
      await once(socket, "readable");
      socket.pause();
      return socket;
    }),
  );
  const before = await residentBytes();
  expect((await send("GET", "/quick")).body.toString()).toBe("one GET /quick");
  const sampler = sampleMemory();
  await download(50 * mebibyte);
  expect((await sampler.stop()) - before).toBeLessThan(100 * mebibyte);
  for (const socket of sockets) socket.destroy();
  await untilIdle();
});

test("a client that sends its headers a byte at a time is served", async () => {
  const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1", noDelay: true });
  const answer = readUntil(socket, /GET \/x/);
  for (const byte of get("/x")) {
    socket.write(byte);
    await delay(1);
  }
  expect(await answer).toContain("one GET /x");
});

test("clients that go away in the middle leave nothing behind and are no failure", async () => {
  const { failed } = valueOf(await supervisor.status()).requests;
  for (const bytes of [get("/slow?ms=500"), get(`/down?size=${String(100 * mebibyte)}`), "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf"]) {
    const sockets = Array.from({ length: 20 }, () => connect({ port: supervisor.publicPort, host: "127.0.0.1" }));
    const before = valueOf(await supervisor.status()).requests.total;
    for (const socket of sockets) socket.write(bytes);
    await until(async () => valueOf(await supervisor.status()).requests.total >= before + 20);
    for (const socket of sockets) socket.resetAndDestroy();
  }
  await untilIdle();
  expect(valueOf(await supervisor.status()).requests.failed).toBe(failed);
});

test("a worker's failures: broken answers are cut, lost connections are 502 and for a POST never repeated", async () => {
  await expect(send("GET", "/broken")).rejects.toThrow();
  expect((await send("GET", "/garbage")).status).toBe(502);
  expect((await send("GET", "/reset")).status).toBe(502);
  expect((await send("POST", "/reset", Buffer.from("x"))).status).toBe(502);
});

test("an early answer to a large upload arrives, and the connection goes on", async () => {
  const answer = await send("POST", "/early", Buffer.alloc(8 * mebibyte));
  expect([413, 502]).toContain(answer.status);
  expect((await send("GET", "/next")).status).toBe(200);
});

test("headers and the first event of a stream arrive at once", async () => {
  for (const [path, seen] of [["/events", /data: 1/], ["/flush", /\r\n\r\n/]] as const) {
    expect(await rawExchange(supervisor.publicPort, get(path), seen)).toMatch(seen);
  }
  await untilIdle();
});

function get(path: string, connection = "close"): string {
  return `GET ${path} HTTP/1.1\r\nHost: example.com\r\nConnection: ${connection}\r\n\r\n`;
}

function pairsOf(raw: readonly string[]): string[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1] ?? ""}`] : []));
}

async function send(method: string, path: string, body?: Buffer): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
  const outgoing = request(urlOf(supervisor, path), { method, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage]; // as: what the event carries
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
}

async function upload(size: number): Promise<void> {
  const piece = Buffer.alloc(mebibyte, "u");
  const hash = createHash("sha256");
  const outgoing = request(urlOf(supervisor, "/up"), { method: "POST", agent: false });
  const answered = once(outgoing, "response");
  for (let sent = 0; sent < size; sent += piece.length) {
    hash.update(piece);
    if (!outgoing.write(piece)) await once(outgoing, "drain");
  }
  outgoing.end();
  const [response] = (await answered) as [IncomingMessage]; // as: what the event carries
  let text = "";
  for await (const part of response) text += String(part);
  expect(JSON.parse(text)).toEqual({ size, sha256: hash.digest("hex") });
}

async function download(size: number): Promise<void> {
  const outgoing = request(urlOf(supervisor, `/down?size=${String(size)}`), { agent: false }).end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage]; // as: what the event carries
  let received = 0;
  for await (const part of response) received += (part as Buffer).length; // as: no encoding is set
  expect(received).toBe(size);
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${String(supervisor.pid)}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

function sampleMemory(): { stop: () => Promise<number> } {
  const stopping = new AbortController();
  const run = async (): Promise<number> => {
    let peak = 0;
    while (!stopping.signal.aborted) {
      peak = Math.max(peak, await residentBytes());
      await delay(20);
    }
    return peak;
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Every connection to the public port is gone. */
async function untilIdle(): Promise<void> {
  const port = supervisor.publicPort.toString(16).toUpperCase().padStart(4, "0");
  await until(async () => {
    const lines = (await readFile("/proc/net/tcp", "utf8")).split("\n");
    return !lines.some((line) => line.includes(`0100007F:${port} 0100007F:`) && / 01 /.test(line.slice(0, 50)));
  });
}

function mib(sizeBytes: number): string {
  return (sizeBytes / mebibyte).toFixed(0);
}
