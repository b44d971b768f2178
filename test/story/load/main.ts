import autocannon from "autocannon";

/**
 * The load generator: a process of its own that follows one short link at a fixed
 * rate until SIGTERM, over keep-alive and fresh connections, and then prints what
 * it saw as JSON. Arguments: URL, expected Location, requests per second.
 */
const [url = "", expectedLocation = "", rateText = "800"] = process.argv.slice(2);
const maxSeconds = 120;
const startedMs = performance.now();
const seen = {
  redirected: 0,
  wrongLocation: 0,
  otherStatus: 0,
  errors: 0,
  lastWrongAtMs: 0,
  firstFailure: "",
};

const runs = [
  start({ share: 0.8, connections: 16 }),
  // One in five requests opens a connection of its own: a listener that is gone for a moment is noticed.
  start({ share: 0.2, connections: 4, reconnectRate: 1 }),
];
process.on("SIGTERM", () => {
  for (const run of runs) run.instance.stop();
});
process.stdout.write("started\n");
const results = await Promise.all(runs.map((run) => run.done));
const seconds = (performance.now() - startedMs) / 1000;
const answered = seen.redirected + seen.wrongLocation + seen.otherStatus;
const unanswered = seen.errors + results.reduce((sum, result) => sum + result.timeouts, 0);
process.stdout.write(
  `${JSON.stringify({
    ...seen,
    requests: answered + unanswered,
    failed: seen.otherStatus + unanswered,
    perSecond: Math.round(answered / seconds),
    latencyP99Ms: Math.max(...results.map((result) => result.latency.p99)),
    latencyMaxMs: Math.max(...results.map((result) => result.latency.max)),
  })}\n`,
);

function start(options: {
  readonly share: number;
  readonly connections: number;
  readonly reconnectRate?: number;
}): {
  readonly instance: autocannon.Instance;
  readonly done: Promise<autocannon.Result>;
} {
  const waiting: { finish?: (result: autocannon.Result) => void } = {};
  const done = new Promise<autocannon.Result>((resolve) => {
    waiting.finish = resolve;
  });
  const instance = autocannon(
    {
      url,
      connections: options.connections,
      overallRate: Math.ceil(Number(rateText) * options.share),
      duration: maxSeconds,
      timeout: 10,
      ...(options.reconnectRate === undefined ? {} : { reconnectRate: options.reconnectRate }),
      requests: [
        {
          method: "GET",
          onResponse: (status, ...[, , headers]) => note(status, locationOf(headers)),
        },
      ],
    },
    (_error: unknown, result: autocannon.Result) => waiting.finish?.(result),
  );
  instance.on("reqError", (error: unknown) => {
    seen.errors += 1;
    if (seen.firstFailure === "") seen.firstFailure = String(error);
  });
  return { instance, done };
}

function note(status: number, location: string | undefined): void {
  if (status !== 302) {
    seen.otherStatus += 1;
    if (seen.firstFailure === "") seen.firstFailure = `status ${String(status)}`;
  } else if (location === expectedLocation) {
    seen.redirected += 1;
  } else {
    seen.wrongLocation += 1;
    seen.lastWrongAtMs = Date.now();
  }
}

/** autocannon keeps header names as they were sent. */
function locationOf(headers: autocannon.Request["headers"]): string | undefined {
  const value = Object.entries(headers ?? {}).find(
    ([name]) => name.toLowerCase() === "location",
  )?.[1];
  return typeof value === "string" ? value : undefined;
}
