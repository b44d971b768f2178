/** Named values that go with a log message; never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log records go. A winston logger satisfies this by structure. */
export interface Logger {
  debug(message: string, fields?: LogFields): unknown;
  info(message: string, fields?: LogFields): unknown;
  warn(message: string, fields?: LogFields): unknown;
  error(message: string, fields?: LogFields): unknown;
}
