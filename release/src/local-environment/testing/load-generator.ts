import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface LoadReport {
  readonly requests: number;
  readonly perSecond: number;
  /** Each answer that was not a 200, and each error. */
  readonly failures: readonly string[];
  /** Answers by what they said served them (`x-worker`). */
  readonly byWorker: ReadonlyMap<string, number>;
}

/**
 * Sends GETs at a steady rate until told to stop: half over kept-alive connections, half each over a new one.
 * Open loop: a slow answer does not slow the sender.
 */
export function startLoad(url: string, perSecond: number): { stop: () => Promise<LoadReport> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const failures: string[] = [];
  const byWorker = new Map<string, number>();
  const open = new Set<Promise<void>>();
  const startedMs = performance.now();
  let sent = 0;
  const stopping = new AbortController();
  const send = (): void => {
    sent += 1;
    const one = get(url, sent % 2 === 0 ? agent : false).then(
      ({ status, worker }) => {
        if (status !== 200) failures.push(`status ${String(status)}`);
        byWorker.set(worker, (byWorker.get(worker) ?? 0) + 1);
      },
      (error: unknown) => {
        failures.push(String(error));
      },
    );
    open.add(one);
    void one.finally(() => open.delete(one));
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const due = ((performance.now() - startedMs) / 1000) * perSecond;
      while (sent < due) send();
      await delay(2);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      const seconds = (performance.now() - startedMs) / 1000;
      await Promise.all(open);
      agent.destroy();
      return { requests: sent, perSecond: sent / seconds, failures, byWorker };
    },
  };
}

function get(url: string, agent: Agent | false): Promise<{ status: number; worker: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, timeout: 30_000 }, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, worker: String(response.headers["x-worker"]) });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 30 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
