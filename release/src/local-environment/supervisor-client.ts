import { setTimeout as delay } from "node:timers/promises";
import { Client } from "undici";
import { z } from "zod";
import { isSameProcess } from "../tools/process-identity.ts";
import { supervisorBounds, workerBounds } from "./environment-bounds.ts";
import { failed, success } from "./environment-failure.ts";
import type { EnvironmentFailure, Outcome } from "./environment-failure.ts";
import { readSupervisorRecord } from "./environment-files.ts";
import type { SupervisorRecord, WorkerSpec } from "./environment-files.ts";

const workerStatus = z.object({
  deployment: z.string(),
  commit: z.string(),
  digest: z.string(),
  directory: z.string(),
  command: z.array(z.string()),
  /** 0 while no process runs. */
  pid: z.number(),
  port: z.number(),
  condition: z.enum(["starting", "live", "restarting", "exited", "given-up", "stopped"]),
  restarts: z.number(),
});

const supervisorStatus = z.object({
  phase: z.enum(["restoring", "running", "draining"]),
  pid: z.number(),
  publicHost: z.string(),
  publicPort: z.number(),
  serving: workerStatus.nullable(),
  previous: workerStatus.nullable(),
  candidates: z.array(workerStatus),
  restarts: z.number(),
  /** Requests held back because no worker is live. */
  waiting: z.number(),
  requests: z.object({ total: z.number(), failed: z.number() }),
});
const startedSchema = z.object({ pid: z.number(), port: z.number() });
const switchedSchema = z.object({
  from: z.string().nullable(),
  to: z.string(),
  durationMs: z.number(),
});
const stoppedSchema = z.object({ stopped: z.string() });
const failureSchema = z.object({
  // The codes are the supervisor's own, of the same version as this client.
  code: z.string() as unknown as z.ZodType<EnvironmentFailure["code"]>,
  message: z.string(),
  next: z.string(),
  logTail: z.string().optional(),
});

export type SupervisorStatus = Readonly<z.output<typeof supervisorStatus>>;
export type StartedWorker = Readonly<z.output<typeof startedSchema>>;
export type SwitchedTo = Readonly<z.output<typeof switchedSchema>>;

/** A connection to the supervisor of one environment. Each call is one request; nothing is held open. */
export interface Supervisor {
  readonly pid: number;
  readonly publicHost: string;
  readonly publicPort: number;
  /**
   * Starts a candidate; when this returns, it listens on 127.0.0.1 and its port. May be repeated.
   * Fails with `worker-exited`, `worker-not-listening` (both with `logTail`), `worker-not-started`,
   * `deployment-exists` or `too-many-candidates`.
   */
  start(spec: WorkerSpec & { readonly listenTimeoutMs?: number }): Promise<Outcome<StartedWorker>>;
  /** Points the public address at it. Fails with `deployment-unknown` or `deployment-not-live`; then nothing changed. */
  switch(order: { readonly deployment: string }): Promise<Outcome<SwitchedTo>>;
  /** Ends a candidate or the warm previous build. */
  stop(order: { readonly deployment: string }): Promise<Outcome<{ readonly stopped: string }>>;
  status(): Promise<Outcome<SupervisorStatus>>;
  /** Drains, ends all workers and then itself; settles when the process is gone. */
  shutdown(): Promise<Outcome<null>>;
}

/** The live supervisor of an environment's directory, or null when none answers. */
export async function connectSupervisor(options: {
  readonly directory: string;
}): Promise<Supervisor | null> {
  const record = await readSupervisorRecord(options.directory);
  if (record === null || !isSameProcess(record)) return null;
  const supervisor = clientFor(record);
  const status = await supervisor.status();
  return status.ok ? supervisor : null;
}

function clientFor(record: SupervisorRecord): Supervisor {
  const { pid, publicHost, publicPort } = record;
  return {
    pid,
    publicHost,
    publicPort,
    start: (spec) => {
      const listenMs = spec.listenTimeoutMs ?? workerBounds.listenMs;
      const timeoutMs =
        listenMs +
        workerBounds.drainMs +
        workerBounds.terminateMs +
        supervisorBounds.controlAnswerMs;
      return send(record, { route: "POST /start", body: spec, timeoutMs }, startedSchema);
    },
    switch: (order) => send(record, { route: "POST /switch", body: order }, switchedSchema),
    stop: (order) => {
      return send(
        record,
        { route: "POST /stop", body: order, timeoutMs: supervisorBounds.stopMs },
        stoppedSchema,
      );
    },
    status: () => send(record, { route: "GET /status" }, supervisorStatus),
    shutdown: () => shutdown(record),
  };
}

async function shutdown(record: SupervisorRecord): Promise<Outcome<null>> {
  const told = await send(record, { route: "POST /shutdown", body: {} }, z.object({}));
  if (!told.ok && isSameProcess(record)) return told;
  return (await untilGone(record))
    ? success(null)
    : failed(notAnswering(record, "it did not end in time"));
}

/** Waits, bounded, until the supervisor's process has ended. */
export async function untilGone(record: {
  readonly pid: number;
  readonly processStart: string;
}): Promise<boolean> {
  const deadline = performance.now() + supervisorBounds.stopMs;
  while (isSameProcess(record)) {
    if (performance.now() > deadline) return false;
    await delay(supervisorBounds.pollMs);
  }
  return true;
}

async function send<Answer>(
  record: SupervisorRecord,
  order: { readonly route: string; readonly body?: object; readonly timeoutMs?: number },
  schema: z.ZodType<Answer>,
): Promise<Outcome<Answer>> {
  const [method = "GET", path = "/"] = order.route.split(" ");
  const timeoutMs = order.timeoutMs ?? supervisorBounds.controlAnswerMs;
  const client = new Client(`http://127.0.0.1:${String(record.controlPort)}`, {
    connectTimeout: supervisorBounds.controlAnswerMs,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    allowH2: false,
  });
  try {
    const headers = { authorization: `Bearer ${record.token}`, "content-type": "application/json" };
    const body = order.body === undefined ? null : JSON.stringify(order.body);
    const answer = await client.request({ method, path, headers, body });
    const json: unknown = await answer.body.json();
    if (answer.statusCode === 200) return success(schema.parse(json));
    const { logTail, ...failure } = failureSchema.parse(json);
    return failed(logTail === undefined ? failure : { ...failure, logTail });
  } catch (error) {
    return failed(notAnswering(record, error instanceof Error ? error.message : String(error)));
  } finally {
    void client.destroy();
  }
}

function notAnswering(record: SupervisorRecord, why: string): EnvironmentFailure {
  return {
    code: "supervisor-not-answering",
    message: `The supervisor, process ${String(record.pid)}, does not answer: ${why}.`,
    next: `Look at supervisor.log in the environment's directory; if it hangs, kill process ${String(record.pid)} and repeat.`,
  };
}
