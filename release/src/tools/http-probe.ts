import { request } from "node:http";

const maxBodyBytes = 1024 * 1024;

export interface ProbeAnswer {
  readonly status: number;
  /** The first mebibyte. */
  readonly body: string;
}

/**
 * One GET to a loopback port, on a connection of its own; redirects are not followed.
 * @returns a sentence saying what went wrong when there was no whole answer in time
 */
export function probe(options: {
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
}): Promise<ProbeAnswer | string> {
  return new Promise((resolve) => {
    const { port, path } = options;
    const headers = { connection: "close", accept: "*/*" };
    const call = request({ host: "127.0.0.1", port, path, agent: false, headers }, (answer) => {
      const pieces: Buffer[] = [];
      let sizeBytes = 0;
      const done = (): void => {
        const body = Buffer.concat(pieces).subarray(0, maxBodyBytes).toString("utf8");
        resolve({ status: answer.statusCode ?? 0, body });
      };
      answer.on("data", (piece: Buffer) => {
        sizeBytes += piece.length;
        pieces.push(piece);
        if (sizeBytes < maxBodyBytes) return;
        done();
        call.destroy();
      });
      answer.on("end", done);
      answer.on("error", (error) => resolve(error.message));
    });
    const timer = setTimeout(() => {
      resolve(`no answer within ${String(Math.round(options.timeoutMs))} ms`);
      call.destroy();
    }, options.timeoutMs);
    call.on("error", (error) => resolve(error.message));
    call.on("close", () => {
      clearTimeout(timer);
      resolve("the connection was closed before the answer");
    });
    call.end();
  });
}
