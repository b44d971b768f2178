import { Writable } from "node:stream";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterEach, expect, test } from "vitest";
import { createLogger } from "./create-logger.ts";
import type { LoggerOptions } from "./create-logger.ts";
import { createRedactor } from "./redactor.ts";

afterEach(() => context.disable());

async function linesOf(
  write: (logger: ReturnType<typeof createLogger>["logger"]) => void,
  level: LoggerOptions["level"] = "info",
): Promise<readonly Record<string, unknown>[]> {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const { logger, flush } = createLogger({
    level,
    stream,
    redactor: createRedactor(["correct-horse-battery"]),
    base: { service: "shortline-hosted", commit: "abc" },
  });
  write(logger);
  await flush();
  const lines = text.split("\n").filter((line) => line !== "");
  // Each line is one JSON object: the contract under test.
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("one JSON object per line, with time, level, message, base fields and the caller's", async () => {
  const [record, ...more] = await linesOf((logger) =>
    logger.info("hello\nworld", { linkCount: 3 }),
  );
  expect(more).toEqual([]);
  const { timestamp, ...rest } = record ?? {};
  expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(rest).toEqual({
    level: "info",
    message: "hello\nworld",
    service: "shortline-hosted",
    commit: "abc",
    linkCount: 3,
  });
});

test("a level below the configured one is not written", async () => {
  const records = await linesOf((logger) => {
    logger.debug("no");
    logger.info("no");
    logger.warn("yes");
    logger.error("yes");
  }, "warn");
  expect(records.map((record) => record["level"])).toEqual(["warn", "error"]);
});

test("the active span's ids are in the record; without a span there are none", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: 1,
  };
  const records = await linesOf((logger) => {
    context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => logger.info("inside"));
    logger.info("outside");
  });
  expect(records[0]).toMatchObject({ trace_id: span.traceId, span_id: span.spanId });
  expect(records[1]).not.toHaveProperty("trace_id");
});

test("a caller's field cannot pretend to be one of the record's own", async () => {
  const [record] = await linesOf((logger) =>
    logger.warn("real", {
      message: "forged",
      level: "info",
      trace_id: "forged",
      service: "forged",
    }),
  );
  expect(record).toMatchObject({
    message: "real",
    level: "warn",
    service: "shortline-hosted",
    field_message: "forged",
  });
  expect(record).not.toHaveProperty("trace_id");
});

test("secrets are masked in the message and in the fields", async () => {
  const [record] = await linesOf((logger) =>
    logger.error("key correct-horse-battery", {
      authorization: "Bearer x",
      reason: new Error("correct-horse-battery"),
    }),
  );
  expect(JSON.stringify(record)).not.toContain("correct-horse");
  expect(record).toMatchObject({ authorization: "[redacted]" });
});
