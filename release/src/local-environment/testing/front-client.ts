import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Supervisor } from "../supervisor-client.ts";
import { until, urlOf } from "./test-environment.ts";

/** The bytes of a GET. */
export function getBytes(path: string, connection = "close"): string {
  return `GET ${path} HTTP/1.1\r\nHost: example.com\r\nConnection: ${connection}\r\n\r\n`;
}

/** One request (`GET /path`) over a connection of its own. */
export async function send(
  supervisor: Supervisor,
  target: string,
  body?: Buffer,
): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
  const [method = "GET", path = "/"] = target.split(" ");
  const outgoing = request(urlOf(supervisor, path), { method, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage]; // as: what the event carries
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer); // as: no encoding is set
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(pieces),
  };
}

/** Every connection to the public port is gone. */
export async function untilIdle(supervisor: Supervisor): Promise<void> {
  const port = supervisor.publicPort.toString(16).toUpperCase().padStart(4, "0");
  await until(async () => {
    const lines = (await readFile("/proc/net/tcp", "utf8")).split("\n");
    return !lines.some(
      (line) => line.includes(`0100007F:${port} 0100007F:`) && / 01 /.test(line.slice(0, 50)),
    );
  });
}
