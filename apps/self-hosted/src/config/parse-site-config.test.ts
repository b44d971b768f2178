import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONFIG_SETTINGS } from "./config-settings.ts";
import { createApiKey, fillDefaultConfig } from "./default-config.ts";
import { parseSiteConfig } from "./parse-site-config.ts";

const defaultFile = readFileSync(
  join(import.meta.dirname, "..", "..", "etc", "shortline.toml"),
  "utf8",
);
const parse = (text: string) =>
  parseSiteConfig({ text, file: "shortline.toml", prefix: "/srv/site" });
const problemsOf = (text: string) => {
  const parsed = parse(text);
  return parsed.ok ? "" : parsed.failure.message;
};

test("the shipped file says exactly the defaults, and every setting is in it", () => {
  expect(parse(defaultFile)).toEqual(parse(""));
  for (const { key } of CONFIG_SETTINGS)
    expect(defaultFile).toMatch(new RegExp(`^${key.replace("log.", "")} = `, "m"));
});

test("relative paths are taken from the prefix, absolute ones stay", () => {
  const parsed = parse('listen = "unix:run/s.sock"\ndatabase = "sqlite:/data/l.db"');
  expect(parsed).toMatchObject({
    value: {
      listen: { path: "/srv/site/run/s.sock" },
      databaseUrl: "sqlite:/data/l.db",
      log: { directory: "/srv/site/var/log/shortline" },
    },
  });
});

test("all problems are listed at once, with the nearest names", () => {
  const text =
    'lisen = 1\npublic_url = "https://example.com/path"\napi_keys = ["plain"]\n[log]\nlevle = "info"\nmax_files = 0\n[logs]\n';
  const message = problemsOf(text);
  for (const part of [
    "lisen is not a setting; did you mean listen?",
    "log.levle is not a setting; did you mean log.level?",
    "logs is not",
    "public_url looks like",
    "api_keys is a list",
    "log.max_files is a whole number from 1 to 1000",
    "6 problems",
  ]) {
    expect(message).toContain(part);
  }
});

test.each([
  ['listen = "localhost:80"', "listen"],
  ['listen = "127.0.0.1:99999"', "listen"],
  ['listen = "::1:80"', "listen"],
  ["listen = 8090", "listen"],
  [`listen = "unix:/${"x".repeat(120)}"`, "107 bytes"],
  ['database = "sqlite::memory:"', "lost at every restart"],
  ['database = "mysql://example.com/x"', "database"],
  ['public_url = "ftp://example.com"', "public_url"],
  ['public_url = "https://user@example.com"', "public_url"],
  ["drain_timeout_ms = 1.5", "drain_timeout_ms"],
  ["drain_timeout_ms = 2026-01-01", "drain_timeout_ms"],
  ["log = 3", "log is not a setting"],
  ['listen = "127.0.0.1:1"\nlisten = "127.0.0.1:2"', "line 2"],
  ["listen = ", "line 1"],
])("%s is refused", (text, part) => {
  expect(problemsOf(text)).toContain(part);
});

test.each(["127.0.0.1:0", "[::1]:8090", "0.0.0.0:65535", "unix:/run/shortline.sock"])(
  "%s is an address",
  (listen) => {
    expect(parse(`listen = "${listen}"`).ok).toBe(true);
  },
);

test("a file with a byte order mark and Windows line ends is read", () => {
  expect(parse(`\uFEFF${defaultFile.replaceAll("\n", "\r\n")}`)).toEqual(parse(""));
});

test("a new site's file has the key's hash, not the key, and the address given", () => {
  const { key, sha256 } = createApiKey();
  const text = fillDefaultConfig(defaultFile, { listen: "127.0.0.1:9", apiKeySha256: sha256 });
  expect(text).not.toContain(key);
  expect(parse(text)).toMatchObject({
    value: { apiKeySha256s: [sha256], listen: { host: "127.0.0.1", port: 9 } },
  });
});

test("an address with quotes and replacement patterns cannot break out of its line", () => {
  const text = fillDefaultConfig(defaultFile, {
    listen: `x"\n$&public_url = "y`,
    apiKeySha256: "0".repeat(64),
  });
  expect(problemsOf(text)).toContain("listen looks like");
});
