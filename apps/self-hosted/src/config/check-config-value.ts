import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ValueCheck } from "./config-settings.ts";
import type { ListenAddress } from "./site-config.ts";

export type CheckedValue =
  | {
      readonly ok: true;
      readonly value: string | number | readonly string[] | ListenAddress | null;
    }
  | { readonly ok: false; readonly problem: string };

const MAX_API_KEYS = 100;
/** The longest path a unix socket can have on Linux, in bytes, without its final zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Checks one value of the file; relative paths are taken from `prefix`. */
export function checkConfigValue(check: ValueCheck, value: unknown, prefix: string): CheckedValue {
  switch (check.kind) {
    case "listen":
      return checkListen(value, prefix);
    case "origin":
      return checkOrigin(value);
    case "database":
      return checkDatabase(value, prefix);
    case "api-keys":
      return checkApiKeys(value);
    case "path":
      return isText(value) ? good(resolve(prefix, value)) : bad("is a path in quotes");
    case "whole":
      return checkWhole(value, check);
    case "one-of":
      return typeof value === "string" && check.values.includes(value)
        ? good(value)
        : bad(`is one of ${check.values.map((one) => `"${one}"`).join(", ")}`);
  }
}

function checkListen(value: unknown, prefix: string): CheckedValue {
  if (isText(value) && value.startsWith("unix:") && value.length > "unix:".length) {
    const path = resolve(prefix, value.slice("unix:".length));
    return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
      ? good({ path })
      : bad(`is a socket path of at most ${MAX_SOCKET_PATH_BYTES} bytes; ${path} is longer`);
  }
  const match = isText(value) ? /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value) : null;
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  const family = match?.[1] === undefined ? 4 : 6;
  if (host === undefined || isIP(host) !== family || port > 65_535) {
    return bad('looks like "127.0.0.1:8090", "[::1]:8090" or "unix:/run/shortline.sock"');
  }
  return good({ host, port });
}

function checkOrigin(value: unknown): CheckedValue {
  if (value === "") return good(null);
  const problem = bad('looks like "https://links.example.com", without a path');
  if (!isText(value) || !URL.canParse(value)) return problem;
  const url = new URL(value);
  const isOrigin =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return isOrigin && /^https?:$/.test(url.protocol) ? good(url.origin) : problem;
}

function checkDatabase(value: unknown, prefix: string): CheckedValue {
  if (isText(value) && value.startsWith("sqlite:") && value.length > "sqlite:".length) {
    const path = value.slice("sqlite:".length);
    return path === ":memory:"
      ? bad("names a file: links in memory would be lost at every restart")
      : good(`sqlite:${resolve(prefix, path)}`);
  }
  if (isText(value) && /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) return good(value);
  return bad('looks like "sqlite:/path/to/file.db" or "postgres://user:password@host:5432/name"');
}

function checkApiKeys(value: unknown): CheckedValue {
  const problem = bad('is a list like ["sha256:…"], each with 64 hexadecimal digits');
  if (!Array.isArray(value) || value.length > MAX_API_KEYS) return problem;
  const hashes: string[] = [];
  for (const item of value as readonly unknown[] /* Array.isArray narrows to any[] */) {
    const match = typeof item === "string" ? /^sha256:([0-9a-fA-F]{64})$/.exec(item) : null;
    if (match?.[1] === undefined) return problem;
    hashes.push(match[1].toLowerCase());
  }
  return good(hashes);
}

function checkWhole(
  value: unknown,
  bounds: { readonly min: number; readonly max: number },
): CheckedValue {
  const isWhole = typeof value === "number" && Number.isInteger(value);
  return isWhole && value >= bounds.min && value <= bounds.max
    ? good(value)
    : bad(`is a whole number from ${bounds.min} to ${bounds.max}`);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

function good(value: string | number | readonly string[] | ListenAddress | null): CheckedValue {
  return { ok: true, value };
}

function bad(problem: string): CheckedValue {
  return { ok: false, problem };
}
