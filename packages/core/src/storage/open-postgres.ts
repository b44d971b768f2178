import { Pool } from "pg";
import type { Logger } from "../links/logger.ts";

/** Connections per process; a redirect needs one for well under a millisecond. */
const maxConnections = 10;

const connectTimeoutMs = 5_000;

/** No statement of the service takes long; one that does has met a lock, and the client should hear. */
const statementTimeoutMs = 5_000;

const idleTimeoutMs = 30_000;

/** Prepares connections to a PostgreSQL server; the first query dials. */
export function openPostgres(url: string, logger: Logger | undefined): Pool {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: "shortline",
    keepAlive: true,
  });
  // The pool replaces a connection that breaks while idle; unheard, the event would end the process.
  pool.on("error", (error) => {
    logger?.warn("an idle database connection broke", { reason: error.message });
  });
  return pool;
}
