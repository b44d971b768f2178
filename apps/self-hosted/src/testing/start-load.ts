import { Agent, request } from "node:http";

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_KEPT_FAILURES = 20;

export type LoadTarget = { readonly host: string; readonly port: number; readonly path: string };

export type LoadResult = {
  readonly requests: number;
  readonly failures: readonly string[];
};

/** Sends requests without a pause, on new and on kept connections, until `stop` is called. */
export function startLoad(
  target: LoadTarget,
  expectedStatus: number,
): { readonly count: () => number; readonly stop: () => Promise<LoadResult> } {
  const failures: string[] = [];
  let requests = 0;
  let isStopping = false;
  const worker = async (agent: Agent | false) => {
    while (!isStopping) {
      const problem = await sendOne(target, agent, expectedStatus);
      requests += 1;
      if (problem !== null && failures.length < MAX_KEPT_FAILURES) failures.push(problem);
    }
    if (agent !== false) agent.destroy();
  };
  const kept = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const workers = [worker(false), worker(false), ...kept.map((agent) => worker(agent))];
  return {
    count: () => requests,
    stop: async () => {
      isStopping = true;
      await Promise.all(workers);
      return { requests, failures };
    },
  };
}

function sendOne(
  target: LoadTarget,
  agent: Agent | false,
  expectedStatus: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request({ ...target, agent, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      response.resume();
      response.on("error", (error) => resolve(error.message));
      response.on("end", () =>
        resolve(response.statusCode === expectedStatus ? null : `status ${response.statusCode}`),
      );
    });
    asked.on("timeout", () => asked.destroy(new Error("timed out")));
    asked.on("error", (error) =>
      resolve(`${agent === false ? "new" : "kept"} connection: ${error.message}`),
    );
    asked.end();
  });
}
