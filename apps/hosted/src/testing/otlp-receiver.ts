import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** One export as it arrived. */
export interface ReceivedExport {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Decompressed. */
  readonly body: Buffer;
}

/** A collector on a free port of this machine. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedExport[];
}

/** Starts a collector that answers at once, refuses everything, or takes requests and never answers. */
export async function startOtlpReceiver(
  behaviour: "answers" | "refuses" | "hangs",
): Promise<OtlpReceiver> {
  const received: ReceivedExport[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      received.push({ path: request.url ?? "", headers: request.headers, body });
      if (behaviour === "hangs") return;
      response.writeHead(behaviour === "answers" ? 200 : 400, {
        "Content-Type": "application/json",
      });
      response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await buffer(request);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}
