import type { Writable } from "node:stream";
import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import type { Logger } from "@shortline/core";
import winston from "winston";
import { settlesWithin } from "../settles-within.ts";
import type { Redactor } from "./redactor.ts";

/** What a service logger is made from. */
export interface LoggerOptions {
  readonly level: "error" | "warn" | "info" | "debug";
  /** Where the lines go; the service gives stdout. */
  readonly stream: Writable;
  readonly redactor: Redactor;
  /** Fields of every record, such as service and commit. */
  readonly base: Readonly<Record<string, string>>;
}

/** A logger, and the way to be sure that all of it is written before the process ends. */
export interface ServiceLog {
  readonly logger: Logger;
  /** Ends the log; resolves when the last line was handed to the stream, or after 500 ms. */
  readonly flush: () => Promise<void>;
}

const flushTimeoutMs = 500;

/**
 * A logger that writes one JSON object per line: timestamp, level, message, the base fields, trace_id
 * and span_id of the active span, then the caller's fields. A caller's field that has one of these
 * names is written as `field_NAME`, so a record cannot pretend to be another.
 */
export function createLogger(options: LoggerOptions): ServiceLog {
  const transport = new winston.transports.Stream({ stream: options.stream, eol: "\n" });
  const winstonLogger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf((info) => String(info.message)),
    transports: [transport],
    exitOnError: false,
  });

  function write(
    level: LoggerOptions["level"],
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    if (!winstonLogger.isLevelEnabled(level)) return;
    const record: Record<string, unknown> = {
      timestamp: new Date().toISOString(),
      level,
      message: options.redactor.text(message),
      ...options.base,
      ...traceFields(),
    };
    for (const [name, value] of Object.entries(redactedFields(fields))) {
      record[name in record || name === "trace_id" || name === "span_id" ? `field_${name}` : name] =
        value;
    }
    winstonLogger.log(level, JSON.stringify(record));
  }

  function redactedFields(fields: Readonly<Record<string, unknown>>): object {
    const redacted = options.redactor.value(fields);
    return typeof redacted === "object" && redacted !== null ? redacted : {};
  }

  const logger: Logger = {
    debug: (message, fields = {}) => write("debug", message, fields),
    info: (message, fields = {}) => write("info", message, fields),
    warn: (message, fields = {}) => write("warn", message, fields),
    error: (message, fields = {}) => write("error", message, fields),
  };
  return {
    logger,
    flush: async () => {
      const finished = new Promise((resolve) => transport.once("finish", resolve));
      winstonLogger.end();
      await settlesWithin([finished], flushTimeoutMs);
    },
  };
}

function traceFields(): Readonly<Record<string, string>> {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !isSpanContextValid(span)) return {};
  return { trace_id: span.traceId, span_id: span.spanId };
}
