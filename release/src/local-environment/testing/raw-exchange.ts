import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";

/** Sends bytes as they are and returns everything that comes back until the server closes, or `until` is seen. */
export async function rawExchange(
  port: number,
  bytes: string | Buffer,
  until?: RegExp,
): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setTimeout(20_000, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.write(bytes);
  const text = await readUntil(socket, until);
  socket.destroy();
  return text;
}

/** What arrives on a socket until it closes, or until the text matches. */
export async function readUntil(socket: Socket, until?: RegExp): Promise<string> {
  let text = "";
  const matched = new Promise<void>((resolve) => {
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
      if (until?.test(text) === true) resolve();
    });
  });
  await Promise.race([matched, once(socket, "close")]);
  return text;
}
