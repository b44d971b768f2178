import { chmodSync, rmSync, statSync } from "node:fs";
import { BoundSocket, connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { ListenAddress } from "../config/site-config.ts";
import { errorCode } from "../failure/describe-system-error.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";

/** How long a port may still be taken by the child of a supervisor that was killed. */
const BIND_FOR_MS = 5_000;
const BIND_EVERY_MS = 50;
const SOCKET_MODE = 0o660;

/** A bound socket whose connections are accepted by child processes, never by this one. */
export type HeldSocket = {
  readonly fd: number;
  /** As bound: a configured port 0 is the real port here. */
  readonly address: ListenAddress;
  close(): void;
};

/** Binds the address of a site. The socket outlives the processes that are given its `fd`. */
export async function holdSocket(listen: ListenAddress): Promise<SiteResult<HeldSocket>> {
  const deadline = performance.now() + BIND_FOR_MS;
  for (;;) {
    const held = await tryToHold(listen);
    if (held.ok || held.failure.code !== "port-in-use" || performance.now() > deadline) return held;
    await wait(BIND_EVERY_MS);
  }
}

/** The failure for an address that cannot be bound, from the system's error. */
export function describeBindError(error: unknown, listen: ListenAddress): SiteResult<never> {
  const code = errorCode(error);
  if (code === null || !(error instanceof Error)) throw error;
  const where = "path" in listen ? listen.path : `${listen.host}:${listen.port}`;
  if (code === "EADDRINUSE") {
    const next = `Stop the program that uses it (ss -ltnp shows it), or set another "listen".`;
    return failed("port-in-use", `${where} is in use by another program.`, next);
  }
  const next =
    code === "EACCES"
      ? "Listen on a port from 1024 up, or let systemd hold the port with shortline.socket."
      : 'Set "listen" to an address of this machine.';
  return failed("listen-refused", `Cannot listen on ${where}: ${error.message}.`, next);
}

async function tryToHold(listen: ListenAddress): Promise<SiteResult<HeldSocket>> {
  if ("path" in listen) await removeStaleSocket(listen.path);
  try {
    // The runtime takes a path as well; its type declaration does not say so yet.
    const bound = new BoundSocket(listen as { host?: string; port?: number });
    const address = bound.address();
    if ("path" in listen) chmodSync(listen.path, SOCKET_MODE);
    return done({
      fd: bound.fd(),
      address: "path" in listen ? listen : { host: address.address, port: address.port },
      close: () => {
        bound.close();
        if ("path" in listen) rmSync(listen.path, { force: true });
      },
    });
  } catch (error) {
    return describeBindError(error, listen);
  }
}

/** Deletes a socket file that nobody listens on any more; another kind of file stays. */
async function removeStaleSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on("error", () => resolve(false));
    probe.on("connect", () => probe.destroy());
  });
  if (!isAnswered) rmSync(path, { force: true });
}
