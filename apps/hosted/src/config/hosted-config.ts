import type { ApiKey } from "@shortline/core";

/** Where one kind of telemetry is sent. */
export interface OtlpTarget {
  /** Full URL, signal path included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: "http/protobuf" | "http/json";
  readonly compression: "none" | "gzip";
  readonly timeoutMs: number;
}

/** Which part of the requests is traced. */
export interface TraceSampling {
  readonly sampler:
    | "always_on"
    | "always_off"
    | "traceidratio"
    | "parentbased_always_on"
    | "parentbased_always_off"
    | "parentbased_traceidratio";
  /** From 0 to 1; read by the ratio samplers. */
  readonly ratio: number;
}

/** What is measured and where it goes. `null` targets send nothing anywhere. */
export interface TelemetryConfig {
  readonly serviceName: string;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly traces: OtlpTarget | null;
  readonly metrics: OtlpTarget | null;
  readonly sampling: TraceSampling;
  readonly spanQueueSize: number;
  readonly spanBatchSize: number;
  readonly spanDelayMs: number;
  readonly metricIntervalMs: number;
}

/** Everything the hosted service is told from outside. */
export interface HostedConfig {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly publicUrl: string | null;
  readonly apiKeys: readonly ApiKey[];
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly drainTimeoutMs: number;
  /** Who may read `GET /metrics`: everyone, who has an API key, nobody (it does not exist then). */
  readonly metricsAccess: "open" | "key" | "off";
  readonly telemetry: TelemetryConfig;
  readonly build: { readonly commit: string; readonly digest: string };
  /** Values that must never reach a log. */
  readonly secrets: readonly string[];
}
