import type { ListenAddress } from "../config/site-config.ts";

/** The address as people type it into a client. */
export function formatUrl(address: ListenAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
