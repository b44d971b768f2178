import { request } from "node:http";
import type { ListenAddress } from "../config/site-config.ts";

const ANSWER_WITHIN_MS = 5_000;
const MAX_ANSWER_CHARACTERS = 64 * 1024;

export type ServiceAnswer = { readonly status: number; readonly body: string };

/** Asks the service for a path on a new connection; null when it does not answer. */
export function askService(address: ListenAddress, path: string): Promise<ServiceAnswer | null> {
  const target = "path" in address ? { socketPath: address.path } : reachable(address);
  return new Promise((resolve) => {
    const asked = request(
      {
        ...target,
        path,
        agent: false,
        headers: { connection: "close" },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on(
          "data",
          (text: string) => (body = (body + text).slice(0, MAX_ANSWER_CHARACTERS)),
        );
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", () => resolve(null));
      },
    );
    asked.on("error", () => resolve(null));
    asked.end();
  });
}

/** What /version of the running service says, or null when none answers. */
export async function askVersion(address: ListenAddress): Promise<string | null> {
  const answer = await askService(address, "/version");
  if (answer?.status !== 200) return null;
  try {
    const parsed: unknown = JSON.parse(answer.body);
    const isVersion = typeof parsed === "object" && parsed !== null && "version" in parsed;
    return isVersion && typeof parsed.version === "string" ? parsed.version : null;
  } catch {
    return null;
  }
}

/** A service that listens on every address is asked on this machine's own. */
function reachable(address: { readonly host: string; readonly port: number }): {
  host: string;
  port: number;
} {
  const own: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { host: own[address.host] ?? address.host, port: address.port };
}
