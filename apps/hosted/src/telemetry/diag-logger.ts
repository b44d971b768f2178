import type { DiagLogger } from "@opentelemetry/api";
import type { Logger } from "@shortline/core";

const periodMs = 60_000;
const recordsPerPeriod = 5;

/**
 * Puts OpenTelemetry's own complaints into the service's log: at most 5 records a minute, because a
 * dead collector complains at every export. How many were left out is told with the next period's first.
 */
export function createDiagLogger(logger: Logger, nowMs: () => number = Date.now): DiagLogger {
  let periodStartMs = -Infinity;
  let written = 0;
  let leftOut = 0;

  function write(level: "warn" | "error", reason: string, details: readonly unknown[]): void {
    const now = nowMs();
    if (now - periodStartMs >= periodMs) [periodStartMs, written] = [now, 0];
    written += 1;
    if (written > recordsPerPeriod) {
      leftOut += 1;
      return;
    }
    const extra = { ...(details.length > 0 && { details }), ...(leftOut > 0 && { leftOut }) };
    leftOut = 0;
    logger[level]("telemetry trouble; requests are not affected", {
      reason: reasonText(reason),
      ...extra,
    });
  }

  return {
    error: (message, ...details) => write("error", message, details),
    warn: (message, ...details) => write("warn", message, details),
    info: () => undefined,
    debug: () => undefined,
    verbose: () => undefined,
  };
}

/** The SDK hands over an error as JSON with its stack; its message is what a reader needs. */
function reasonText(reason: string): string {
  try {
    const parsed: unknown = JSON.parse(reason);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed)
      return String(parsed.message);
  } catch {
    // Not JSON: the text is the reason.
  }
  return reason;
}
