const mebibyte = 1024 * 1024;

/** Every bound of the front proxy. Tests pass smaller ones. */
export interface FrontBounds {
  /** Request line and headers of one request; above it the answer is 431. */
  readonly headerSizeBytes: number;
  /** One request body; above it the answer is 413. */
  readonly requestBodySizeBytes: number;
  /** Client connections held open; further ones are dropped by the listener. */
  readonly connections: number;
  /** Requests accepted and not yet answered, waiting ones included; above it the answer is 503. */
  readonly requestsInFlight: number;
  /** Requests sent ahead on one connection before the first is answered; above it the connection is closed. */
  readonly requestsPipelined: number;
  /** Requests that wait for a live worker; above it the answer is 503 at once. */
  readonly requestsWaiting: number;
  /** The longest a request waits for a live worker, all attempts together; after it the answer is 503. */
  readonly waitMs: number;
  /** How often one repeatable request is put on the wire. */
  readonly sends: number;
  /** Attempts of one request that failed before anything was sent, with a growing pause between them. */
  readonly connects: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Time a client has to send its headers, and to send a whole request. */
  readonly headersReceiveMs: number;
  readonly requestReceiveMs: number;
  /** A client connection with a request and no traffic is closed after this time. */
  readonly clientIdleMs: number;
  /** A client connection without a request is closed after this time. */
  readonly keepAliveMs: number;
  /** What a client still sends after its answer is read and dropped for this long, so that it sees the answer. */
  readonly lingerMs: number;
  readonly workerConnectMs: number;
  /** Time a worker has until its response headers (504 after it), and between two pieces of its body. */
  readonly workerHeadersMs: number;
  readonly workerBodyIdleMs: number;
  readonly retryAfterSeconds: number;
}

export const frontBounds: FrontBounds = {
  headerSizeBytes: 16 * 1024,
  requestBodySizeBytes: 1024 * mebibyte,
  connections: 8192,
  requestsInFlight: 2048,
  requestsPipelined: 32,
  requestsWaiting: 1024,
  waitMs: 15_000,
  sends: 3,
  connects: 60,
  firstPauseMs: 5,
  longestPauseMs: 500,
  headersReceiveMs: 30_000,
  requestReceiveMs: 3_600_000,
  clientIdleMs: 300_000,
  keepAliveMs: 65_000,
  lingerMs: 5_000,
  workerConnectMs: 5_000,
  workerHeadersMs: 120_000,
  workerBodyIdleMs: 120_000,
  retryAfterSeconds: 1,
};

/** Every bound of workers, their logs and their stopping. */
export const workerBounds = {
  candidates: 4,
  /** Default and largest time from start to listening. */
  listenMs: 30_000,
  longestListenMs: 300_000,
  /** Requests in flight have this long to finish on a worker that is being stopped. */
  drainMs: 10_000,
  /** Time between SIGTERM and SIGKILL. */
  terminateMs: 10_000,
  /** A worker that ends this often within the window is given up. */
  restartsInWindow: 8,
  restartWindowMs: 60_000,
  firstRestartPauseMs: 100,
  longestRestartPauseMs: 5_000,
  /** Size of one log file; there are two for each deployment. */
  logSizeBytes: 8 * mebibyte,
  logDeployments: 20,
  logTailBytes: 4 * 1024,
  /** Ports handed to workers: below the range from which the kernel takes client ports. */
  firstPort: 20_000,
  lastPort: 32_000,
  portAttempts: 200,
} as const;

/** Every bound of the supervisor and its control API. */
export const supervisorBounds = {
  controlBodySizeBytes: 256 * 1024,
  controlConnections: 64,
  controlAnswerMs: 5_000,
  startMs: 20_000,
  restoreMs: 60_000,
  /** Longest life of a supervisor that was told to stop: drain, SIGTERM, SIGKILL and some slack. */
  stopMs: 30_000,
  /** How long a client waits for the supervisor that another client starts, before it tries itself. */
  heldMs: 1_500,
  ensureAttempts: 6,
  pollMs: 25,
  ownerPollMs: 250,
  logSizeBytes: mebibyte,
} as const;
