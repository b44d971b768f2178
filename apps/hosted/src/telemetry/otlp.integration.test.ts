import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLink, visit } from "../testing/api-client.ts";
import type { BuiltService } from "../testing/build-service.ts";
import { buildService } from "../testing/build-service.ts";
import { eventually } from "../testing/eventually.ts";
import type { OtlpReceiver } from "../testing/otlp-receiver.ts";
import { startOtlpReceiver } from "../testing/otlp-receiver.ts";
import type { ServiceProcess } from "../testing/service-process.ts";
import { runService } from "../testing/service-process.ts";

let build: BuiltService;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  build = await buildService();
});

afterAll(async () => {
  for (const service of running) service.child.kill("SIGKILL");
  await Promise.all(running.map((service) => service.exited()));
  await build[Symbol.asyncDispose]();
});

const reportConnections = new URL("../testing/report-connections.ts", import.meta.url).href;

function run(
  environment: Record<string, string>,
  nodeOptions: readonly string[] = [],
): ServiceProcess {
  const service = runService({
    directory: build.directory,
    nodeOptions,
    environment: {
      SHORTLINE_DATABASE_URL: "sqlite::memory:",
      BUILD_COMMIT: "0123abc",
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_METRIC_EXPORT_INTERVAL: "100",
      ...environment,
    },
  });
  running.push(service);
  return service;
}

async function useOnce(service: ServiceProcess): Promise<string> {
  const url = await service.listening();
  const { slug } = await createLink(url, { destination: "https://example.com/private?token=1" });
  expect(await visit(url, slug)).toBe(302);
  return slug;
}

function bodiesAt(receiver: OtlpReceiver, path: string): string {
  const exports = receiver.received.filter((each) => each.path === path);
  return exports.map((each) => each.body.toString("latin1")).join("\n");
}

test("JSON: the receiver sees traces and metrics of the service, and a stop sends the last ones", async () => {
  await using receiver = await startOtlpReceiver("answers");
  const service = run({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=staging",
    // Longer than the test: what arrives was sent by the stop.
    OTEL_BSP_SCHEDULE_DELAY: "600000",
    OTEL_METRIC_EXPORT_INTERVAL: "600000",
  });
  const slug = await useOnce(service);
  expect(receiver.received).toEqual([]);
  service.child.kill("SIGTERM");
  expect((await service.exited()).code).toBe(0);
  const traces = bodiesAt(receiver, "/v1/traces");
  const metrics = bodiesAt(receiver, "/v1/metrics");
  for (const body of [traces, metrics]) {
    expect(body).toContain('{"key":"service.name","value":{"stringValue":"shortline-hosted"}}');
    expect(body).toContain('{"key":"service.version","value":{"stringValue":"0123abc"}}');
    expect(body).toContain(
      '{"key":"deployment.environment.name","value":{"stringValue":"staging"}}',
    );
    expect(body).not.toContain("private?token");
    expect(body).not.toContain(slug);
  }
  expect(traces).toContain('"name":"POST /api/v1/links"');
  expect(metrics).toContain('"name":"http.server.request.duration"');
  expect(metrics).toContain('"name":"shortline.redirects"');
  expect(receiver.received.every((each) => each.headers["x-tenant"] === "a b")).toBe(true);
});

test("protobuf, the default: exports arrive while it runs", async () => {
  await using receiver = await startOtlpReceiver("answers");
  const service = run({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  await useOnce(service);
  await eventually(
    "traces and metrics arrive",
    () =>
      bodiesAt(receiver, "/v1/traces").includes("POST /api/v1/links") &&
      bodiesAt(receiver, "/v1/metrics").includes("http.server.request.duration"),
  );
  expect(receiver.received[0]?.headers["content-type"]).toBe("application/x-protobuf");
});

test("the ids in the log are those of the exported spans", async () => {
  await using receiver = await startOtlpReceiver("answers");
  const service = run({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  });
  await useOnce(service);
  const line = await eventually("the request is logged", () =>
    service.lines().find((each) => each["message"] === "api request"),
  );
  const ids = `"traceId":"${String(line["trace_id"])}","spanId":"${String(line["span_id"])}"`;
  const arrived = await eventually("its span arrives", () =>
    bodiesAt(receiver, "/v1/traces").includes(ids),
  );
  expect(arrived).toBe(true);
});

async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server's address is always an object.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

test.each(["dead", "hangs", "refuses"] as const)(
  "a collector that %s: every request is answered, and the stop is late by a bound only",
  async (behaviour) => {
    await using receiver = await startOtlpReceiver(behaviour === "dead" ? "answers" : behaviour);
    const endpoint = behaviour === "dead" ? await deadAddress() : receiver.url;
    const service = run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_MAX_QUEUE_SIZE: "50" });
    const slug = await useOnce(service);
    const url = await service.listening();
    const statuses = await Promise.all(Array.from({ length: 200 }, () => visit(url, slug)));
    expect(new Set(statuses)).toEqual(new Set([302]));
    if (behaviour !== "dead") {
      await eventually("an export was tried", () => receiver.received.length > 0);
    }
    service.child.kill("SIGTERM");
    const { code, tookMs } = await service.exited();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(8000);
    const complaints = service
      .lines()
      .filter((line) => String(line["message"]).startsWith("telemetry"));
    expect(complaints.length).toBeGreaterThan(0);
    expect(complaints.length).toBeLessThan(10);
  },
);

test("no endpoint: not one outbound connection, from start to stop", async () => {
  const service = run({}, ["--import", reportConnections]);
  await useOnce(service);
  service.child.kill("SIGTERM");
  expect((await service.exited()).code).toBe(0);
  expect(service.stderr()).toBe("");
});

test("the check above can fail: with an endpoint the connection is seen", async () => {
  await using receiver = await startOtlpReceiver("answers");
  const service = run({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, [
    "--import",
    reportConnections,
  ]);
  await useOnce(service);
  const reported = await eventually("the connection is reported", () =>
    service.stderr().includes("OUTBOUND CONNECTION"),
  );
  expect(reported).toBe(true);
});
