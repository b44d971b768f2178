import { MemoryLogger } from "@shortline/core/testing";
import { expect, test } from "vitest";
import { createDiagLogger } from "./diag-logger.ts";

test("five records a minute at most; what was left out is counted later", () => {
  const logger = new MemoryLogger();
  let nowMs = 0;
  const diag = createDiagLogger(logger, () => nowMs);
  for (let count = 0; count < 100; count += 1) diag.error("collector down");
  expect(logger.records).toHaveLength(5);
  nowMs = 60_000;
  diag.warn("still down");
  expect(logger.records.at(-1)).toMatchObject({
    level: "warn",
    fields: { reason: "still down", leftOut: 95 },
  });
});

test("an error that comes as JSON is told by its message", () => {
  const logger = new MemoryLogger();
  createDiagLogger(logger).error(JSON.stringify({ stack: "Error: at…", message: "ECONNREFUSED" }));
  expect(logger.records[0]?.fields).toEqual({ reason: "ECONNREFUSED" });
});
