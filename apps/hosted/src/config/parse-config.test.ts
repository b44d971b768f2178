import { describe, expect, test } from "vitest";
import { describeConfig, describeConfigFailure } from "./describe-config.ts";
import type { HostedConfig } from "./hosted-config.ts";
import { parseConfig } from "./parse-config.ts";

const key = "an-api-key-of-some-length";

function config(environment: Record<string, string>): HostedConfig {
  const parsed = parseConfig({ SHORTLINE_API_KEYS: key, ...environment });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.config;
}

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  const parsed = parseConfig(environment);
  return parsed.ok ? [] : parsed.failure.problems.map((problem) => problem.setting);
}

describe("defaults", () => {
  test("a key alone is enough", () => {
    expect(config({})).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      databaseUrl: "sqlite:./shortline.db",
      publicUrl: null,
      logLevel: "info",
      drainTimeoutMs: 10_000,
      metricsAccess: "key",
      build: { commit: "unknown", digest: "unknown" },
      telemetry: { serviceName: "shortline-hosted", traces: null, metrics: null },
    });
  });

  test("an empty or blank variable counts as not set", () => {
    expect(
      config({ PORT: "", HOST: " ", BUILD_COMMIT: "", OTEL_EXPORTER_OTLP_ENDPOINT: "" }),
    ).toMatchObject({
      port: 8080,
      host: "127.0.0.1",
      build: { commit: "unknown" },
      telemetry: { traces: null, metrics: null },
    });
  });

  test("keys are kept as digests only", () => {
    const [first] = config({}).apiKeys;
    expect(first?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(config({}).apiKeys)).not.toContain(key);
  });
});

describe("problems", () => {
  test("all of them come at once, each with what to do, and no value is repeated", () => {
    const environment = {
      HOST: "http://127.0.0.1",
      PORT: "80800",
      SHORTLINE_DATABASE_URL: "mysql://user:hunter2hunter2@db/x",
      SHORTLINE_PUBLIC_URL: "ftp://go.example.com",
      SHORTLINE_API_KEYS: "tooshort",
      SHORTLINE_LOG_LEVEL: "loud",
      SHORTLINE_DRAIN_TIMEOUT_MS: "1e3",
      SHORTLINE_METRICS: "yes",
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "no-equals-sign",
      OTEL_TRACES_SAMPLER_ARG: "2",
    };
    const parsed = parseConfig(environment);
    if (parsed.ok) throw new Error("accepted");
    expect(parsed.failure.problems.map((problem) => problem.setting).sort()).toEqual(
      Object.keys(environment).sort(),
    );
    const text = describeConfigFailure(parsed.failure);
    for (const problem of parsed.failure.problems) {
      expect(problem.next.length).toBeGreaterThan(10);
      expect(text).toContain(`${problem.setting} ${problem.message}`);
    }
    for (const value of ["hunter2", "tooshort", "loud", "no-equals-sign"])
      expect(text).not.toContain(value);
    expect(text).toContain("11 problems; nothing was started");
  });

  test("no environment at all asks for the key, and nothing else", () => {
    expect(problemsOf({})).toEqual(["SHORTLINE_API_KEYS"]);
    expect(problemsOf({ SHORTLINE_API_KEYS: " , ," })).toEqual(["SHORTLINE_API_KEYS"]);
  });

  test.each(["-1", "65536", "0x50", "8080 8081", "８０８０", "1.5", "NaN", "9".repeat(400)])(
    "PORT=%s",
    (PORT) => {
      expect(problemsOf({ SHORTLINE_API_KEYS: key, PORT })).toEqual(["PORT"]);
    },
  );

  test.each([
    "https://user@go.example.com",
    "https://go.example.com/?a",
    "https://go.example.com/#a",
    "go.example.com",
  ])("SHORTLINE_PUBLIC_URL=%s", (SHORTLINE_PUBLIC_URL) => {
    expect(problemsOf({ SHORTLINE_API_KEYS: key, SHORTLINE_PUBLIC_URL })).toEqual([
      "SHORTLINE_PUBLIC_URL",
    ]);
  });

  test("a header that could split the request is refused", () => {
    const environment = { SHORTLINE_API_KEYS: key, OTEL_EXPORTER_OTLP_HEADERS: "a=b%0d%0ac:d" };
    expect(problemsOf(environment)).toEqual(["OTEL_EXPORTER_OTLP_HEADERS"]);
  });
});

describe("an unknown SHORTLINE_ name", () => {
  test("warns with the nearest name and does not stop the start", () => {
    const parsed = parseConfig({
      SHORTLINE_API_KEYS: key,
      SHORTLINE_PUBLC_URL: "x",
      SHORTLINE_FROM_THE_FUTURE: "1",
    });
    const warnings = parsed.ok ? parsed.warnings : [];
    expect(warnings.map((warning) => warning.setting)).toEqual([
      "SHORTLINE_PUBLC_URL",
      "SHORTLINE_FROM_THE_FUTURE",
    ]);
    expect(warnings[0]?.next).toContain("SHORTLINE_PUBLIC_URL");
    expect(warnings[1]?.next).toContain("Unset it");
  });
});

describe("telemetry", () => {
  test("one endpoint gives both signals their path, and a path of its own is kept", () => {
    const { telemetry } = config({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.example.com/otlp/" });
    expect(telemetry.traces?.url).toBe("https://otel.example.com/otlp/v1/traces");
    expect(telemetry.metrics?.url).toBe("https://otel.example.com/otlp/v1/metrics");
    expect(telemetry.traces?.protocol).toBe("http/protobuf");
  });

  test("a signal's own endpoint is used as it is, and turns on that signal only", () => {
    const { telemetry } = config({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/custom",
    });
    expect(telemetry.traces?.url).toBe("http://127.0.0.1:4318/custom");
    expect(telemetry.metrics).toBeNull();
  });

  test.each([
    [{ OTEL_SDK_DISABLED: "true" }, false, false],
    [{ OTEL_TRACES_EXPORTER: "none" }, false, true],
    [{ OTEL_METRICS_EXPORTER: "none" }, true, false],
  ])("%o", (extra, traces, metrics) => {
    const { telemetry } = config({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      ...extra,
    });
    expect([telemetry.traces !== null, telemetry.metrics !== null]).toEqual([traces, metrics]);
  });

  test("headers of a signal are added to the common ones, decoded", () => {
    const { telemetry } = config({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "x-team=a%20b,authorization=Basic%20abc=",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-team=traces",
    });
    expect(telemetry.traces?.headers).toEqual({ "x-team": "traces", authorization: "Basic abc=" });
    expect(telemetry.metrics?.headers).toEqual({ "x-team": "a b", authorization: "Basic abc=" });
  });

  test("a batch is never larger than its queue", () => {
    const { telemetry } = config({
      OTEL_BSP_MAX_QUEUE_SIZE: "10",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "500",
    });
    expect([telemetry.spanQueueSize, telemetry.spanBatchSize]).toEqual([10, 10]);
  });
});

test("what must not be logged is known: keys, passwords, collector headers", () => {
  const { secrets } = config({
    SHORTLINE_DATABASE_URL: "postgres://app:p%40ss-word@db.example.com/links",
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://me:collector-pass@otel.example.com",
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=header-secret",
  });
  expect(secrets).toEqual(
    expect.arrayContaining([key, "p%40ss-word", "p@ss-word", "collector-pass", "header-secret"]),
  );
});

test("the help names every variable with its default, and ends with an example", () => {
  const help = describeConfig();
  expect(help).toContain(
    "SHORTLINE_DRAIN_TIMEOUT_MS\n      how long requests may still run after SIGTERM [10000]",
  );
  expect(help).toContain("SHORTLINE_API_KEYS\n");
  expect(help).toMatch(/Example:\n {2}SHORTLINE_API_KEYS=.*\n$/);
});
