import { spawn } from "node:child_process";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ListenTarget } from "./listen-failure.ts";
import { startHttpServer, type RunningHttpServer } from "./start-http-server.ts";

const logged: string[] = [];
const keep = (message: string) => logged.push(message);
const logger = { info: keep, warn: keep, error: keep };
const loopback = { host: "127.0.0.1", port: 0 };

let stopLater: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(stopLater.map((stop) => stop()));
  stopLater = [];
});

type Fetch = (request: Request) => Response | Promise<Response>;

async function start(fetch: Fetch, listen: ListenTarget = loopback): Promise<RunningHttpServer> {
  const server = await startHttpServer({ fetch, listen, drainTimeoutMs: 100, logger });
  if (!server.ok) throw new Error(server.failure.message);
  stopLater.push(() => server.value.drain());
  return server.value;
}

async function failureOf(listen: ListenTarget) {
  const server = await startHttpServer({ fetch: hello, listen, drainTimeoutMs: 100, logger });
  if (server.ok) await server.value.drain();
  return server.ok ? null : server.failure;
}

const hello = () => new Response("hello");

/** Sends bytes as they are and gives everything that comes back. */
async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("latin1");
  socket.write(bytes, "latin1");
  let answer = "";
  socket.on("data", (data) => (answer += String(data)));
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shortline-http-"));
  stopLater.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("listening", () => {
  test("on a free port, which it names", async () => {
    const server = await start((request) => new Response(new URL(request.url).pathname));
    expect(await (await fetch(`${server.url}/where`)).text()).toBe("/where");
    expect(server.address).toMatchObject({ host: "127.0.0.1" });
  });

  test("on IPv6, with brackets in its URL", async () => {
    const server = await start(hello, { host: "::1", port: 0 });
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(server.url)).status).toBe(200);
  });

  test("a taken port and a foreign address are failures with a next step", async () => {
    const first = await start(hello);
    const port = Number(new URL(first.url).port);
    expect(await failureOf({ host: "127.0.0.1", port })).toMatchObject({ code: "address-in-use" });
    expect(await failureOf({ host: "192.0.2.1", port: 0 })).toMatchObject({
      code: "address-unavailable",
    });
    const failure = await failureOf({ host: "127.0.0.1", port });
    expect(failure?.message).toContain(`127.0.0.1:${port}`);
    expect(failure?.next).not.toBe("");
  });

  test("a descriptor that is no listening socket is a failure", async () => {
    expect(await failureOf({ fd: 9_999 })).toMatchObject({ code: "inherited-socket-unusable" });
  });
});

function get(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const target = { socketPath: path, path: "/", headers: { host: "localhost" } };
    const request = httpRequest(target, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("error", reject).end();
  });
}

describe("a Unix socket", () => {
  test("answers, is for owner and group only, and is gone after draining", async () => {
    const path = join(await temporaryFolder(), "s.sock");
    const server = await start(hello, { path });
    expect(await get(path)).toBe(200);
    expect((await stat(path)).mode & 0o777).toBe(0o660);
    expect(server.url).toBe(`unix:${path}`);
    await server.drain();
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  test("one that a killed process left behind is replaced", async () => {
    const path = join(await temporaryFolder(), "s.sock");
    const code = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    const child = spawn(process.execPath, ["--eval", code], { stdio: "ignore" });
    await new Promise((resolve) => child.once("exit", resolve));
    expect((await stat(path)).isSocket()).toBe(true);
    await start(hello, { path });
    expect(await get(path)).toBe(200);
  });

  test("one that answers, and a file that is no socket, stay as they are", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "s.sock");
    await start(hello, { path });
    expect(await failureOf({ path })).toMatchObject({ code: "address-in-use" });
    expect(await get(path)).toBe(200);
    const file = join(folder, "precious.txt");
    await writeFile(file, "precious");
    expect(await failureOf({ path: file })).toMatchObject({ code: "socket-path-unusable" });
    expect((await stat(file)).size).toBe(8);
    const missing = join(folder, "missing", "s.sock");
    expect(await failureOf({ path: missing })).toMatchObject({ code: "socket-path-unusable" });
  });
});

describe("an inherited listening socket", () => {
  test("serves over TCP", async () => {
    const holder = await holdSocket({ port: 0, host: "127.0.0.1" });
    const url = `http://127.0.0.1:${holder.port}`;
    const child = await serveInherited(holder.fd);
    expect(child.said).toMatchObject({ ok: true, value: { url } });
    holder.close();
    expect(await (await fetch(`${url}/`)).text()).toBe("from the child");
    await child.end();
  });

  test("serves over a Unix socket, whose path only the holder knows", async () => {
    const path = join(await temporaryFolder(), "s.sock");
    const holder = await holdSocket({ path });
    const child = await serveInherited(holder.fd);
    expect(child.said).toMatchObject({ ok: true, value: { address: { fd: 3 }, url: "fd:3" } });
    // The holder must not answer, and removes the path it knows when it closes.
    await rename(path, `${path}.kept`);
    holder.close();
    expect(await get(`${path}.kept`)).toBe(200);
    await child.end();
  });
});

/** Starts a process that serves on the descriptor it inherits as 3. */
async function serveInherited(fd: number): Promise<{ said: unknown; end: () => Promise<unknown> }> {
  const module = new URL("start-http-server.ts", import.meta.url).href;
  const code = `const { startHttpServer } = await import(${JSON.stringify(module)});
    const logger = { info() {}, warn() {}, error() {} };
    const fetch = () => new Response("from the child");
    const server = await startHttpServer({ fetch, listen: { fd: 3 }, drainTimeoutMs: 1000, logger });
    console.log(JSON.stringify(server));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit", fd],
  });
  const line = await new Promise<string>((resolve) => {
    child.stdout?.once("data", (data) => resolve(String(data)));
    child.stdout?.once("end", () => resolve("null"));
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = () => {
    child.kill("SIGKILL");
    return ended;
  };
  return { said: JSON.parse(line), end };
}

/** A listening socket whose descriptor a child can take over. */
async function holdSocket(
  target: { port: number; host: string } | { path: string },
): Promise<{ fd: number; port: number; close: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(target, resolve));
  const address = server.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  const { _handle: handle } = server as Server & { _handle: { fd: number } }; // undocumented; systemd's part in this test
  return { fd: handle.fd, port, close: () => server.close() };
}

describe("hostile bytes", () => {
  test.each([
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400],
    ["a line without version", "GET /\r\n\r\n", 400],
    ["no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      400,
    ],
    [
      "length and chunks",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400],
    [
      "a broken chunk",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      400,
    ],
    ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400],
    ["a bare line feed", "GET / HTTP/1.1\nHost: a\n\n", 400],
    ["a zero byte", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400],
    ["huge headers", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["a huge path", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ])("%s: refused in problem+json, and the server lives on", async (_name, bytes, status) => {
    const server = await start(async (request) => new Response(await request.text()));
    const answer = await exchange(server.url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain('"next":');
    expect((await fetch(server.url)).status).toBe(200);
  });

  test("a handler that throws is a 500 without its reason, which is logged", async () => {
    for (const broken of [() => Promise.reject(new Error("secret reason")), throwing]) {
      const server = await start(broken);
      const response = await fetch(server.url);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("secret");
    }
    expect(logged).toContain("a request handler threw");
  });

  test("a client that goes away in the middle harms nobody", async () => {
    const server = await start(async (request) => new Response(await request.text()));
    const { hostname, port } = new URL(server.url);
    const sockets: Socket[] = [];
    for (let index = 0; index < 20; index += 1) {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf", () =>
        socket.resetAndDestroy(),
      );
      sockets.push(socket);
    }
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    expect((await fetch(server.url)).status).toBe(200);
  });
});

function throwing(): Response {
  throw new Error("secret reason");
}
