import { Agent, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { startHttpServer, type RunningHttpServer } from "./start-http-server.ts";

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Fetch = (request: Request) => Response | Promise<Response>;

async function start(fetch: Fetch, drainTimeoutMs = 10_000): Promise<RunningHttpServer> {
  const listen = { host: "127.0.0.1", port: 0 };
  const server = await startHttpServer({ fetch, listen, drainTimeoutMs, logger });
  if (!server.ok) throw new Error(server.failure.message);
  return server.value;
}

/** A promise and the function that resolves it. */
function signal(): { readonly seen: Promise<void>; readonly give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { seen: promise, give: resolve };
}

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

function get(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (data: string) => (body += data));
      response.once("end", () =>
        resolve({ status: response.statusCode, connection: response.headers.connection, body }),
      );
      response.once("error", reject);
    });
    request.once("error", reject).end();
  });
}

/** One connection on which the test decides when which bytes are sent. */
async function dial(
  url: string,
): Promise<{ socket: Socket; received: () => string; closed: Promise<void> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (data) => (text += String(data)));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, received: () => text, closed };
}

describe("draining", () => {
  test("nothing open: it ends at once, and a second call gives the same", async () => {
    const server = await start(() => new Response("x"));
    const first = server.drain();
    expect(server.drain()).toBe(first);
    expect(await first).toEqual({ completed: 0, forced: 0 });
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  test("a request in flight finishes, with the word to dial anew", async () => {
    const arrived = signal();
    const release = signal();
    const server = await start(async () => {
      arrived.give();
      await release.seen;
      return new Response("finished");
    });
    const agent = new Agent({ keepAlive: true });
    const answer = get(server.url, agent);
    await arrived.seen;
    const drained = server.drain();
    release.give();
    expect(await answer).toEqual({ status: 200, connection: "close", body: "finished" });
    expect(await drained).toEqual({ completed: 1, forced: 0 });
    agent.destroy();
  });

  test("an idle connection may still ask, once, within the grace", async () => {
    const server = await start(() => new Response("hello"));
    const client = await dial(server.url);
    const ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.socket.write(ask);
    await expect.poll(client.received, { timeout: 20_000 }).toContain("hello");
    const drained = server.drain();
    client.socket.write(ask);
    await client.closed;
    const [, first, second] = client.received().split("HTTP/1.1 200 OK");
    expect(first?.toLowerCase()).toContain("connection: keep-alive");
    expect(second?.toLowerCase()).toContain("connection: close");
    expect(await drained).toEqual({ completed: 1, forced: 0 });
  });

  test("a request whose bytes arrive slowly across the grace is not cut", async () => {
    const server = await start(
      async (request) => new Response(`got ${(await request.text()).length}`),
    );
    const client = await dial(server.url);
    client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await expect.poll(client.received, { timeout: 20_000 }).toContain("got 0");
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
    const idle = await dial(server.url);
    const drained = server.drain();
    // The idle neighbour's end shows that the grace is over and idle connections have been swept.
    await idle.closed;
    client.socket.write("ngth: 4\r\n\r\nbody");
    await client.closed;
    expect(client.received()).toContain("got 4");
    expect(await drained).toEqual({ completed: 1, forced: 0 });
  });

  test("what does not finish in time is cut and counted; connections that never ask do not count", async () => {
    const arrived = signal();
    const server = await start(() => {
      arrived.give();
      return new Promise<Response>(() => undefined);
    }, 300);
    const silent = await dial(server.url);
    const stuck = await dial(server.url);
    stuck.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await arrived.seen;
    expect(await server.drain()).toEqual({ completed: 0, forced: 1 });
    await Promise.all([silent.closed, stuck.closed]);
  });

  test("a long answer that is being sent arrives whole", async () => {
    const arrived = signal();
    const release = signal();
    const server = await start(() => {
      const chunks = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          arrived.give();
          await release.seen;
          for (let index = 0; index < 64; index += 1)
            controller.enqueue(new Uint8Array(65_536).fill(120));
          controller.close();
        },
      });
      return new Response(chunks);
    });
    const agent = new Agent({ keepAlive: true });
    const answer = get(server.url, agent);
    await arrived.seen;
    const drained = server.drain();
    release.give();
    expect((await answer).body).toHaveLength(64 * 65_536);
    expect((await drained).forced).toBe(0);
    agent.destroy();
  });
});

/** Asks without pause on kept connections, and dials `current()` anew when told to. */
class LoadClient {
  readonly failures: string[] = [];
  answered = 0;
  #isStopped = false;
  readonly #loops: Promise<void>[];

  constructor(connections: number, current: () => string) {
    this.#loops = Array.from({ length: connections }, () => this.#loop(current));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(current: () => string): Promise<void> {
    let agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let url = current();
    while (!this.#isStopped) {
      try {
        const answer = await get(url, agent);
        if (answer.status === 200 && answer.body === "ok") this.answered += 1;
        else this.failures.push(`status ${answer.status}`);
        if (answer.connection === "close") {
          agent.destroy();
          agent = new Agent({ keepAlive: true, maxSockets: 1 });
          url = current();
        }
      } catch (error) {
        this.failures.push(String(error));
        break;
      }
    }
    agent.destroy();
  }
}

test("under load on kept connections, ten servers in a row drain without one failed request", async () => {
  const answer = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return new Response("ok");
  };
  let serving = await start(answer);
  const client = new LoadClient(32, () => serving.url);
  for (let round = 0; round < 10; round += 1) {
    const before = client.answered;
    await expect
      .poll(() => client.answered, { interval: 5, timeout: 20_000 })
      .toBeGreaterThan(before + 200);
    const old = serving;
    serving = await start(answer);
    const result = await old.drain();
    expect(result.forced).toBe(0);
    expect(result.completed).toBeGreaterThan(0);
  }
  await client.stop();
  expect(client.failures).toEqual([]);
  expect(client.answered).toBeGreaterThan(2_000);
  expect(await serving.drain()).toMatchObject({ forced: 0 });
});
