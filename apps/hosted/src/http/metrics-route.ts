import type { ExtraRoute } from "@shortline/core";
import type { HostedConfig } from "../config/hosted-config.ts";

/** `GET /metrics` in Prometheus' text format, for whom the configuration lets read it; no route when off. */
export function metricsRoutes(
  access: HostedConfig["metricsAccess"],
  prometheusText: (() => Promise<string>) | null,
): readonly ExtraRoute[] {
  if (access === "off" || prometheusText === null) return [];
  const handle = async (): Promise<Response> =>
    new Response(await prometheusText(), {
      headers: {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Cache-Control": "no-store",
      },
    });
  return [{ path: "/metrics", handle, needsKey: access === "key" }];
}
