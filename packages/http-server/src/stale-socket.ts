import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import type { ListenFailure } from "./listen-failure.ts";

const probeTimeoutMs = 1_000;

/** Removes a Unix socket that a killed process left behind; never one that answers, never another file. */
export async function removeStaleSocket(path: string): Promise<ListenFailure | null> {
  const kind = await fileKind(path);
  if (kind === "none") return null;
  if (kind === "other") {
    return {
      code: "socket-path-unusable",
      message: `Cannot listen on unix:${path}: there is a file that is not a socket.`,
      next: "Choose another path, or move that file away.",
    };
  }
  if (await answers(path)) {
    return {
      code: "address-in-use",
      message: `Cannot listen on unix:${path}: another process listens there.`,
      next: "Stop that process, or choose another path.",
    };
  }
  await unlink(path);
  return null;
}

async function fileKind(path: string): Promise<"none" | "socket" | "other"> {
  try {
    return (await lstat(path)).isSocket() ? "socket" : "other";
  } catch {
    // Whatever is wrong with the path, listening on it says so better.
    return "none";
  }
}

/** Only a refusal proves that nobody listens; anything else leaves the socket alone. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path, timeout: probeTimeoutMs });
    const finish = (answer: boolean) => {
      probe.destroy();
      resolve(answer);
    };
    probe.once("connect", () => finish(true));
    probe.once("timeout", () => finish(true));
    probe.once("error", (error) => finish(!("code" in error && error.code === "ECONNREFUSED")));
  });
}
