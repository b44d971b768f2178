import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ListenAddress } from "../config/site-config.ts";
import { writeDurably } from "../files/write-durably.ts";
import type { SitePaths } from "./site-paths.ts";

const UNIT_NAMES = ["shortline.service", "shortline.socket"] as const;
const UNIT_MODE = 0o644;

/** Puts a release's systemd units in place; the socket unit gets the configured address. */
export function placeUnits(
  paths: SitePaths,
  releaseDirectory: string,
  listen: ListenAddress,
): void {
  for (const name of UNIT_NAMES) {
    const text = readFileSync(join(releaseDirectory, "systemd", name), "utf8");
    const stream = "path" in listen ? listen.path : formatStream(listen);
    const placed = text.replace(/^ListenStream=.*$/m, () => `ListenStream=${stream}`);
    writeDurably(join(paths.unitsDirectory, name), placed, UNIT_MODE);
  }
}

function formatStream({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
