/** Where the service listens. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A site's configuration, checked; paths are absolute. */
export type SiteConfig = {
  readonly listen: ListenAddress;
  /** Origin that short links are built from; null builds them from the request's Host. */
  readonly publicUrl: string | null;
  readonly databaseUrl: string;
  /** sha256 in hex of each accepted API key. */
  readonly apiKeySha256s: readonly string[];
  readonly drainTimeoutMs: number;
  readonly log: {
    readonly directory: string;
    readonly level: LogLevel;
    readonly maxSizeBytes: number;
    readonly maxFiles: number;
    readonly maxAgeDays: number;
  };
};
