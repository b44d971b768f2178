import type { Resource } from "@opentelemetry/resources";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import type { HostedConfig } from "../config/hosted-config.ts";

/** Who the telemetry is about. A hosted build has no version number: its commit stands in for it. */
export function serviceResource(config: Pick<HostedConfig, "build" | "telemetry">): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      ...config.telemetry.resourceAttributes,
      "service.name": config.telemetry.serviceName,
      "service.version": config.build.commit,
      "shortline.build.digest": config.build.digest,
    }),
  );
}
