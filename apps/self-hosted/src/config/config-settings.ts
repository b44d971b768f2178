import { LOG_LEVELS } from "./site-config.ts";

/** One setting of shortline.toml: the parser, the documentation and their tests all read this table. */
export type ConfigSetting = {
  /** Name in the file; `log.` settings are in the `[log]` table. */
  readonly key: string;
  readonly accepts: string;
  readonly default: string | number | readonly string[];
  readonly meaning: string;
  readonly check: ValueCheck;
};

export type ValueCheck =
  | { readonly kind: "listen" | "origin" | "database" | "api-keys" | "path" }
  | { readonly kind: "whole"; readonly min: number; readonly max: number }
  | { readonly kind: "one-of"; readonly values: readonly string[] };

export const CONFIG_SETTINGS = [
  {
    key: "listen",
    accepts: "address:port, or unix:path",
    default: "127.0.0.1:8090",
    meaning:
      "Where the service accepts connections. The address is a number, not a name; write an IPv6 address in brackets.",
    check: { kind: "listen" },
  },
  {
    key: "public_url",
    accepts: "an http or https address without a path, or empty",
    default: "",
    meaning:
      "What short links begin with. When empty, they begin with the Host that the request names.",
    check: { kind: "origin" },
  },
  {
    key: "database",
    accepts: "sqlite:path, or postgres://user:password@host:5432/name",
    default: "sqlite:var/lib/shortline/shortline.db",
    meaning: "Where links and clicks are kept.",
    check: { kind: "database" },
  },
  {
    key: "api_keys",
    accepts: "a list of sha256:… with 64 hexadecimal digits each",
    default: [],
    meaning:
      "The keys that may create and change links. Only the SHA-256 of a key is written here.",
    check: { kind: "api-keys" },
  },
  {
    key: "drain_timeout_ms",
    accepts: "a whole number from 100 to 60000",
    default: 10_000,
    meaning: "How long a stopping service waits for requests that are under way, in milliseconds.",
    check: { kind: "whole", min: 100, max: 60_000 },
  },
  {
    key: "log.directory",
    accepts: "a path",
    default: "var/log/shortline",
    meaning: "The folder for the log files.",
    check: { kind: "path" },
  },
  {
    key: "log.level",
    accepts: LOG_LEVELS.join(", "),
    default: "info",
    meaning: "The least important kind of message that is written.",
    check: { kind: "one-of", values: LOG_LEVELS },
  },
  {
    key: "log.max_size_mb",
    accepts: "a whole number from 1 to 1024",
    default: 20,
    meaning: "The size at which a new log file is begun, in MiB.",
    check: { kind: "whole", min: 1, max: 1024 },
  },
  {
    key: "log.max_files",
    accepts: "a whole number from 1 to 1000",
    default: 10,
    meaning: "How many log files are kept, the one being written included.",
    check: { kind: "whole", min: 1, max: 1000 },
  },
  {
    key: "log.max_age_days",
    accepts: "a whole number from 1 to 3650",
    default: 30,
    meaning: "After how many days a log file is deleted.",
    check: { kind: "whole", min: 1, max: 3650 },
  },
] as const satisfies readonly ConfigSetting[];
