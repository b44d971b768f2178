import { join } from "node:path";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { describeConfig, describeConfigFailure } from "./config/describe-config.ts";
import { nearestName } from "./config/nearest-name.ts";
import { parseConfig } from "./config/parse-config.ts";
import { createLogger } from "./logging/create-logger.ts";
import type { ServiceLog } from "./logging/create-logger.ts";
import { createRedactor } from "./logging/redactor.ts";
import { startService } from "./start-service.ts";
import type { ServiceOptions } from "./start-service.ts";

const exitCode = { done: 0, failed: 1, usage: 2 } as const;

process.exitCode = await main(process.argv.slice(2));

/** Runs the service until it is told to stop; gives the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const usage = usageProblem(words);
  if (usage !== null) return complain(usage);
  if (words.length > 0) {
    process.stdout.write(describeConfig());
    return exitCode.done;
  }
  const parsed = parseConfig(process.env);
  if (!parsed.ok) return complain(describeConfigFailure(parsed.failure));
  const { config } = parsed;
  // A log reader that went away must not take the service with it.
  process.stdout.on("error", () => undefined);
  const log = createLogger({
    level: config.logLevel,
    stream: process.stdout,
    redactor: createRedactor(config.secrets),
    base: { service: config.telemetry.serviceName, commit: config.build.commit },
  });
  exitOnBugs(log);
  for (const warning of parsed.warnings)
    log.logger.warn("variable not known to this build", { ...warning });
  const code = await serve({
    config,
    logger: log.logger,
    migrationsDirectory: join(import.meta.dirname, "migrations"),
  });
  await log.flush();
  // A collector that hangs would keep its connection, and so this process, for a long time.
  process.exit(code);
}

async function serve(options: ServiceOptions): Promise<number> {
  const { config, logger } = options;
  const stopRequested = firstStopSignal();
  const started = await startService(options);
  if (!started.ok) {
    const { code, message, next } = started.failure;
    logger.error(`the service did not start: ${message}`, { code, next });
    return exitCode.failed;
  }
  logger.info("listening", {
    url: started.value.url,
    digest: config.build.digest,
    pid: process.pid,
    startMs: Math.round(performance.now()),
  });
  const signal = await stopRequested;
  logger.info("stopping", { signal, drainTimeoutMs: config.drainTimeoutMs });
  const { clean } = await started.value.stop();
  logger.info("stopped", { clean });
  return clean ? exitCode.done : exitCode.failed;
}

/** Resolves at the first SIGTERM or SIGINT. The second one ends the process at once. */
function firstStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let count = 0;
    const hear = (signal: "SIGTERM" | "SIGINT"): void => {
      count += 1;
      if (count > 1) process.exit(128 + constants.signals[signal]);
      resolve(signal);
    };
    process.on("SIGTERM", hear);
    process.on("SIGINT", hear);
  });
}

/** A bug leaves the process in an unknown state: it is logged, and the process ends for a new one to start. */
function exitOnBugs(log: ServiceLog): void {
  process.on("uncaughtException", (error, origin) => {
    log.logger.error("unexpected error; the process ends", { origin, error });
    void log.flush().then(() => process.exit(exitCode.failed));
  });
}

function usageProblem(words: readonly string[]): string | null {
  try {
    parseArgs({
      args: [...words],
      options: { help: { type: "boolean", short: "h" } },
      strict: true,
    });
    return null;
  } catch {
    const unknown = words.find((word) => !["--help", "-h"].includes(word)) ?? "";
    const nearest = nearestName(unknown, ["--help"]);
    return `shortline: ${JSON.stringify(unknown)} is not an option.${nearest ? ` Did you mean ${nearest}?` : ""}\nEverything is configured by environment variables; --help lists them.\n`;
  }
}

function complain(text: string): number {
  process.stderr.write(text);
  return exitCode.usage;
}
