import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { GenericContainer, getContainerRuntimeClient } from "testcontainers";

/** A real PostgreSQL server for tests. */
export interface PostgresServer {
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Removes what was made. */
  stop(): Promise<void>;
}

/** Where tests find a server; each is one environment variable. */
export interface PostgresSettings {
  /** `SHORTLINE_TEST_POSTGRES_URL`: a running server whose user may create databases. */
  readonly url: string | undefined;
  /** `SHORTLINE_TEST_POSTGRES_IMAGE`: an image that takes POSTGRES_PASSWORD, run through Docker. */
  readonly image: string | undefined;
}

/** Longest time for a container's server to accept connections. */
const startDeadlineMs = 60_000;

/** Finds or starts a server, or says in a sentence why there is none. */
export async function openPostgresServer(
  settings: PostgresSettings,
): Promise<PostgresServer | string> {
  if (settings.url !== undefined) return serverAt(settings.url, async () => undefined);
  if (settings.image === undefined) {
    return "no PostgreSQL: set SHORTLINE_TEST_POSTGRES_URL, or SHORTLINE_TEST_POSTGRES_IMAGE where Docker runs";
  }
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    return `no PostgreSQL: Docker does not answer (${String(error)})`;
  }
  return startContainer(settings.image);
}

async function startContainer(image: string): Promise<PostgresServer> {
  const password = randomBytes(12).toString("hex");
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    .start();
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`;
  const url = `postgres://postgres:${password}@${address}/postgres`;
  await waitUntilItAnswers(url);
  return serverAt(url, async () => {
    await container.stop();
  });
}

/** The official image starts, stops and starts again while it sets itself up. */
async function waitUntilItAnswers(url: string): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    try {
      await runSql(url, "SELECT 1");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(100);
  }
}

function serverAt(url: string, stopServer: () => Promise<void>): PostgresServer {
  const names: string[] = [];
  return {
    createDatabase: async () => {
      const name = `shortline_test_${randomBytes(6).toString("hex")}`;
      await runSql(url, `CREATE DATABASE ${name}`);
      names.push(name);
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    stop: async () => {
      for (const name of names) await runSql(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await stopServer();
    },
  };
}

/** Runs SQL on a connection of its own. */
export async function runSql(
  url: string,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
