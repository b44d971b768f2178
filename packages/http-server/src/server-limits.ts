/** Longest time for a request's headers to arrive, from the connection's or the previous request's end. */
export const headersTimeoutMs = 10_000;

/** Longest time for a whole request to arrive. */
export const requestTimeoutMs = 30_000;

/** How long a connection may wait for its next request; above what proxies keep theirs, so that they close first. */
export const keepAliveTimeoutMs = 75_000;

/** A connection on which nothing moves for so long, in either direction, is cut. */
export const socketIdleTimeoutMs = 120_000;

/** Largest total of a request's header bytes, request line included. */
export const maxHeaderBytes = 16 * 1024;

/** Most header lines of a request that are looked at. */
export const maxHeaderLines = 100;

/** Connections beyond these are closed as they arrive. */
export const maxConnections = 10_000;

/** While draining, a connection idle for so long is closed; until then its client may be sending. */
export const drainIdleGraceMs = 1_000;
