/** Largest request body; the longest sensible link is a tenth of it. */
export const maxBodyBytes = 64 * 1024;

/** Longest request URL, host included. */
export const maxUrlLength = 8 * 1024;

/** How long a readiness check waits for the database. */
export const readinessDeadlineMs = 2_000;
