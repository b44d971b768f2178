import { parseApiKeys } from "@shortline/core";
import type { ApiKey } from "@shortline/core";
import { z } from "zod";
import type { ParseText } from "./setting.ts";
import { setting } from "./setting.ts";
import * as parsers from "./setting-parsers.ts";

const apiKeysNext =
  "Give at least one key, separated by commas: a secret of 16 characters or more " +
  "(`openssl rand -hex 24` makes one), or sha256: followed by the key's 64 hex digits.";

const apiKeys: ParseText<readonly ApiKey[]> = (text) => {
  const parsed = parseApiKeys(text);
  if (parsed.ok) return parsed;
  return { ok: false, problem: { message: parsed.failure.message, next: parsed.failure.next } };
};

/** The service's own variables: what each means, its default, and how it is read. */
const serviceShape = {
  HOST: setting({
    description: "address to listen on",
    fallback: "127.0.0.1",
    parse: parsers.listenHost,
  }),
  PORT: setting({
    description: "port to listen on; 0 takes any free one",
    fallback: "8080",
    parse: parsers.wholeNumber(0, 65_535),
  }),
  SHORTLINE_DATABASE_URL: setting({
    description: "sqlite:PATH or postgres://…",
    fallback: "sqlite:./shortline.db",
    parse: parsers.databaseUrl,
  }),
  SHORTLINE_PUBLIC_URL: setting({
    description: "what short links start with; without it, the address a client used",
    fallback: "",
    parse: parsers.optionalPublicUrl,
  }),
  SHORTLINE_API_KEYS: setting({
    description: "keys that may use the API, separated by commas; plain, or sha256:HEX",
    fallback: null,
    next: apiKeysNext,
    parse: apiKeys,
  }),
  SHORTLINE_LOG_LEVEL: setting({
    description: "error, warn, info or debug",
    fallback: "info",
    parse: parsers.oneOf("error", "warn", "info", "debug"),
  }),
  SHORTLINE_DRAIN_TIMEOUT_MS: setting({
    description: "how long requests may still run after SIGTERM",
    fallback: "10000",
    parse: parsers.wholeNumber(0, 600_000),
  }),
  SHORTLINE_METRICS: setting({
    description: "who may read GET /metrics: open (everyone), key (an API key), off (nobody)",
    fallback: "key",
    parse: parsers.oneOf("open", "key", "off"),
  }),
  BUILD_COMMIT: setting({
    description: "commit this build was made from",
    fallback: "unknown",
    parse: buildName,
  }),
  BUILD_DIGEST: setting({
    description: "content digest of this build",
    fallback: "unknown",
    parse: buildName,
  }),
};

/** The OpenTelemetry variables that are read. Nothing is sent anywhere unless an endpoint is set. */
const telemetryShape = {
  OTEL_SDK_DISABLED: flag("true sends no telemetry, whatever else is set"),
  OTEL_SERVICE_NAME: setting({
    description: "service.name of everything sent",
    fallback: "shortline-hosted",
    parse: parsers.optionalText,
  }),
  OTEL_RESOURCE_ATTRIBUTES: setting({
    description: "further resource attributes, name=value,name=value",
    fallback: "",
    parse: parsers.keyValuePairs,
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(
    "collector's base URL; /v1/traces and /v1/metrics are added",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint("full URL for traces alone"),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint("full URL for metrics alone"),
  OTEL_EXPORTER_OTLP_HEADERS: headers("headers for the collector, name=value,name=value"),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers("further headers for traces"),
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: headers("further headers for metrics"),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting({
    description: "http/protobuf or http/json",
    fallback: "http/protobuf",
    parse: parsers.oneOf("http/protobuf", "http/json"),
  }),
  OTEL_EXPORTER_OTLP_COMPRESSION: setting({
    description: "none or gzip",
    fallback: "none",
    parse: parsers.oneOf("none", "gzip"),
  }),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds("longest time for one export, ms", "10000"),
  OTEL_TRACES_EXPORTER: exporter("otlp, or none for no traces"),
  OTEL_METRICS_EXPORTER: exporter("otlp, or none for no metrics"),
  OTEL_TRACES_SAMPLER: setting({
    description: "always_on, always_off, traceidratio, or one of these after parentbased_",
    fallback: "parentbased_always_on",
    parse: parsers.oneOf(
      "always_on",
      "always_off",
      "traceidratio",
      "parentbased_always_on",
      "parentbased_always_off",
      "parentbased_traceidratio",
    ),
  }),
  OTEL_TRACES_SAMPLER_ARG: setting({
    description: "share of traces for the ratio samplers, 0 to 1",
    fallback: "1",
    parse: ratio,
  }),
  OTEL_BSP_MAX_QUEUE_SIZE: setting({
    description: "spans that wait at most; further ones are dropped",
    fallback: "2048",
    parse: parsers.wholeNumber(1, 100_000),
  }),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: setting({
    description: "spans in one export",
    fallback: "512",
    parse: parsers.wholeNumber(1, 10_000),
  }),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds("time between exports of traces, ms", "5000"),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds("time between exports of metrics, ms", "60000"),
};

/** Every variable that the service reads, as one schema. */
export const environmentSchema = z.object({ ...serviceShape, ...telemetryShape });

/** The variables, read. */
export type Environment = z.output<typeof environmentSchema>;

function buildName(text: string): ReturnType<ParseText<string>> {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return { ok: true, value: text };
  return {
    ok: false,
    problem: { message: "is not a commit or digest", next: "Give printable ASCII without spaces." },
  };
}

function ratio(text: string): ReturnType<ParseText<number>> {
  const value = Number(text);
  if (/^\d{0,3}\.?\d{1,15}$/.test(text) && value >= 0 && value <= 1) return { ok: true, value };
  return {
    ok: false,
    problem: { message: "is not a number from 0 to 1", next: "Give a share such as 0.1." },
  };
}

function flag(description: string) {
  return setting({ description, fallback: "false", parse: parsers.oneOf("true", "false") });
}

function endpoint(description: string) {
  return setting({ description, fallback: "", parse: parsers.optionalHttpUrl });
}

function headers(description: string) {
  return setting({ description, fallback: "", parse: parsers.headerPairs });
}

function exporter(description: string) {
  return setting({ description, fallback: "otlp", parse: parsers.oneOf("otlp", "none") });
}

function milliseconds(description: string, fallback: string) {
  return setting({ description, fallback, parse: parsers.wholeNumber(1, 3_600_000) });
}
