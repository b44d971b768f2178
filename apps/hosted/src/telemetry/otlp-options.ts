import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import type { OTLPExporterNodeConfigBase } from "@opentelemetry/otlp-exporter-base/node-http";
import type { OtlpTarget } from "../config/hosted-config.ts";

/** Exports that may be under way at once; a hanging collector holds no more than these. */
const concurrencyLimit = 4;

/** A target as the OTLP exporters take it. Everything is given, so that nothing is left to a default elsewhere. */
export function otlpOptions(target: OtlpTarget): OTLPExporterNodeConfigBase {
  return {
    url: target.url,
    headers: { ...target.headers },
    timeoutMillis: target.timeoutMs,
    compression:
      target.compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    concurrencyLimit,
    keepAlive: true,
  };
}
