import { beforeAll, expect, test } from "vitest";
import { RecordingTelemetry } from "../testing/recording-telemetry.ts";
import { createTestApp, type TestApp } from "../testing/test-app.ts";

const telemetry = new RecordingTelemetry();
let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
  const link = { destination: "https://example.com/", slug: "private-name" };
  await app.call("POST", "/api/v1/links", { ...link, expiresAt: "2026-01-01T00:00:01Z" });
});

test("every request is one span, named by its route and never by what a visitor chose", async () => {
  telemetry.spans.length = 0;
  await app.ask("/private-name?who=me");
  await app.call("GET", "/api/v1/links/private-name");
  await app.ask("/a/private-name/b");
  await app.ask("/livez", { method: "BREW" });
  expect(telemetry.spans.map((span) => span.name)).toEqual([
    "GET /{slug}",
    "GET /api/v1/links/{slug}",
    "GET unmatched",
    "_OTHER /livez",
  ]);
  expect(telemetry.spans.every((span) => span.isEnded)).toBe(true);
  expect(telemetry.spans.map((span) => span.attributes["http.response.status_code"])).toEqual([
    302, 200, 404, 405,
  ]);
  expect(JSON.stringify([telemetry.spans, telemetry.measurements])).not.toContain("private-name");
});

test("every request's duration is measured in seconds, by method, route and status", async () => {
  telemetry.measurements.length = 0;
  await app.ask("/livez");
  const [duration] = telemetry.measurements;
  expect(duration).toMatchObject({
    instrument: "http.server.request.duration",
    attributes: {
      "http.request.method": "GET",
      "http.route": "/livez",
      "http.response.status_code": 200,
    },
  });
  expect(duration?.value).toBeLessThan(1);
});

test("redirects are counted by how they end", async () => {
  telemetry.measurements.length = 0;
  await app.ask("/private-name");
  await app.ask("/unknown-name");
  app.clock.advance(5_000);
  await app.ask("/private-name");
  const outcomes = telemetry.measurements
    .filter((measurement) => measurement.instrument === "shortline.redirects")
    .map((measurement) => measurement.attributes["outcome"]);
  expect(outcomes).toEqual(["redirected", "unknown", "expired"]);
});
