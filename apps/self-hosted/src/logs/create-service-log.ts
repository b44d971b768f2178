import { once } from "node:events";
import winston from "winston";
import type { SiteConfig } from "../config/site-config.ts";
import { describeSystemError } from "../failure/describe-system-error.ts";
import { done } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { RotatingLogFile } from "./rotating-log-file.ts";

export type ServiceLog = {
  readonly logger: winston.Logger;
  /** Writes what is still in memory; call it last. */
  close(): Promise<void>;
};

/** The service's log: JSON lines in rotating files. `fields` go with every line. */
export function createServiceLog(
  settings: SiteConfig["log"],
  fields: Readonly<Record<string, string | number>>,
): SiteResult<ServiceLog> {
  let file: RotatingLogFile;
  try {
    file = new RotatingLogFile({ ...settings, now: () => new Date() });
  } catch (error) {
    return {
      ok: false,
      failure: describeSystemError(error, `write log files in ${settings.directory}`),
    };
  }
  const logger = winston.createLogger({
    level: settings.level,
    defaultMeta: fields,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.errors({ stack: true }),
      winston.format.json(),
    ),
    transports: [new winston.transports.Stream({ stream: file })],
  });
  return done({
    logger,
    close: async () => {
      const flushed = once(logger, "finish");
      logger.end();
      await flushed;
      file.end();
      await once(file, "close");
    },
  });
}
