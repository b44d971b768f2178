import { createServer } from "node:net";
import { randomInt } from "node:crypto";
import { workerBounds } from "./environment-bounds.ts";

/**
 * A loopback port that nothing listens on. It lies outside the kernel's range for client ports,
 * so that no outgoing connection takes it before the worker does. null: none was found within the bound.
 */
export async function findFreePort(taken: ReadonlySet<number>): Promise<number | null> {
  for (let attempt = 0; attempt < workerBounds.portAttempts; attempt += 1) {
    const port = randomInt(workerBounds.firstPort, workerBounds.lastPort);
    if (!taken.has(port) && (await canListen(port))) return port;
  }
  return null;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
