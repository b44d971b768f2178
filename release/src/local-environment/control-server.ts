import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { z } from "zod";
import { supervisorBounds, workerBounds } from "./environment-bounds.ts";
import { failed, success } from "./environment-failure.ts";
import type { EnvironmentFailureCode, Outcome } from "./environment-failure.ts";
import { deploymentName, workerSpecSchema } from "./environment-files.ts";
import type { WorkerSpec } from "./environment-files.ts";

/** What the control API does; each order answers with a JSON object. */
export interface ControlOrders {
  start(spec: WorkerSpec, listenMs: number): Promise<Outcome<object>>;
  switch(deployment: string): Promise<Outcome<object>>;
  stop(deployment: string): Promise<Outcome<object>>;
  status(): object;
  shutdown(): void;
}

const startOrder = workerSpecSchema.extend({
  listenTimeoutMs: z
    .int()
    .positive()
    .max(workerBounds.longestListenMs)
    .default(workerBounds.listenMs),
});
const deploymentOrder = z.object({ deployment: deploymentName });

const statusOfFailure: Partial<Record<EnvironmentFailureCode, number>> = {
  "deployment-unknown": 404,
  "request-invalid": 400,
  "shutting-down": 503,
  "state-unusable": 500,
  unauthorized: 401,
};

/** Listens on a free port of 127.0.0.1. Every answer is JSON with `schemaVersion: 1`. */
export async function startControlServer(options: {
  token: string;
  orders: ControlOrders;
}): Promise<{ server: Server; port: number }> {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000 },
    (request, response) => {
      void answer(request, response, options);
    },
  );
  server.maxConnections = supervisorBounds.controlConnections;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null)
    throw new Error("the control server has no port");
  return { server, port: address.port };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: { token: string; orders: ControlOrders },
): Promise<void> {
  let outcome: Outcome<object>;
  try {
    outcome = isAuthorized(request, options.token)
      ? await carryOut(request, options.orders)
      : failed({
          code: "unauthorized",
          message: "The token is missing or wrong.",
          next: "Read it from supervisor.json.",
        });
  } catch (error) {
    // A bug in one order must not end the environment: it is told, and the order fails.
    process.emitWarning(error instanceof Error ? error : String(error));
    outcome = failed({
      code: "state-unusable",
      message: `The order failed: ${String(error)}.`,
      next: "Read supervisor.log.",
    });
  }
  const status = outcome.ok ? 200 : (statusOfFailure[outcome.failure.code] ?? 409);
  const body = JSON.stringify({
    schemaVersion: 1,
    ...(outcome.ok ? outcome.value : outcome.failure),
  });
  // What is left of a body that was not read ends with the connection.
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(body);
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function carryOut(request: IncomingMessage, orders: ControlOrders): Promise<Outcome<object>> {
  const route = `${request.method ?? ""} ${request.url ?? ""}`;
  switch (route) {
    case "GET /status":
      return success(orders.status());
    case "POST /shutdown":
      orders.shutdown();
      return success({});
    case "POST /start":
      return withOrder(request, startOrder, ({ listenTimeoutMs, ...spec }) =>
        orders.start(spec, listenTimeoutMs),
      );
    case "POST /switch":
      return withOrder(request, deploymentOrder, ({ deployment }) => orders.switch(deployment));
    case "POST /stop":
      return withOrder(request, deploymentOrder, ({ deployment }) => orders.stop(deployment));
    default:
      return invalid(`there is no ${route.slice(0, 100)}`);
  }
}

async function withOrder<Order>(
  request: IncomingMessage,
  schema: z.ZodType<Order>,
  carry: (order: Order) => Promise<Outcome<object>>,
): Promise<Outcome<object>> {
  const body = await readBody(request);
  if (body === null)
    return invalid(
      `the body is larger than ${String(supervisorBounds.controlBodySizeBytes)} bytes`,
    );
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return invalid("the body is not JSON");
  }
  const order = schema.safeParse(json);
  return order.success ? carry(order.data) : invalid(z.prettifyError(order.error));
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue;
    sizeBytes += piece.length;
    if (sizeBytes > supervisorBounds.controlBodySizeBytes) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function invalid(what: string): Outcome<never> {
  return failed({
    code: "request-invalid",
    message: `The order is not valid: ${what}.`,
    next: "Send an order as the client module makes it.",
  });
}
