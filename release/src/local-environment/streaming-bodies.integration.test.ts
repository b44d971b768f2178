import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Supervisor } from "./supervisor-client.ts";
import { getBytes, send, untilIdle } from "./testing/front-client.ts";
import { TestEnvironment, urlOf, valueOf } from "./testing/test-environment.ts";

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

test("100 MB each way, four at a time, with flat memory", async ({ annotate }) => {
  const size = 100 * mebibyte;
  await Promise.all([upload(4 * mebibyte), download(4 * mebibyte)]);
  const before = await residentBytes();
  const sampler = sampleMemory();
  await Promise.all([upload(size), upload(size), download(size), download(size)]);
  const peak = await sampler.stop();
  await annotate(
    `supervisor memory: ${mib(before)} MiB before, ${mib(peak)} MiB at most with 4 x 100 MiB in flight`,
  );
  expect(peak - before).toBeLessThan(100 * mebibyte);
  expect(valueOf(await supervisor.status()).requests.failed).toBeLessThan(5);
});

test("a client that reads slowly holds back the worker, not the memory", async () => {
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect({ port: supervisor.publicPort, host: "127.0.0.1" });
      socket.write(getBytes(`/down?size=${String(100 * mebibyte)}`));
      await once(socket, "readable");
      socket.pause();
      return socket;
    }),
  );
  const before = await residentBytes();
  expect((await send(supervisor, "GET /quick")).body.toString()).toBe("one GET /quick");
  const sampler = sampleMemory();
  await download(50 * mebibyte);
  expect((await sampler.stop()) - before).toBeLessThan(100 * mebibyte);
  for (const socket of sockets) socket.destroy();
  await untilIdle(supervisor);
});

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

function mib(sizeBytes: number): string {
  return (sizeBytes / mebibyte).toFixed(0);
}
