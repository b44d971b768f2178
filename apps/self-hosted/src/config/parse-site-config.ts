import { parse, TomlError } from "smol-toml";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { checkConfigValue } from "./check-config-value.ts";
import { CONFIG_SETTINGS } from "./config-settings.ts";
import type { ConfigSetting } from "./config-settings.ts";
import { nearestName } from "./nearest-name.ts";
import type { SiteConfig } from "./site-config.ts";

const BYTES_PER_MIB = 1024 * 1024;

export type ConfigSource = {
  readonly text: string;
  /** Shown in messages. */
  readonly file: string;
  readonly prefix: string;
};

/** Reads shortline.toml; the failure `config-invalid` lists every problem at once. */
export function parseSiteConfig(source: ConfigSource): SiteResult<SiteConfig> {
  const table = parseToml(source.text);
  if (!table.ok) return invalid(source.file, [table.problem]);
  const problems = unknownKeyProblems(table.settings);
  const values = new Map<string, unknown>();
  // Widened on purpose: the table is `as const`, here every row is treated alike.
  for (const setting of CONFIG_SETTINGS as readonly ConfigSetting[]) {
    const given = table.settings.get(setting.key);
    const checked = checkConfigValue(setting.check, given ?? setting.default, source.prefix);
    if (checked.ok) values.set(setting.key, checked.value);
    else problems.push(`${setting.key} ${checked.problem}.`);
  }
  return problems.length > 0 ? invalid(source.file, problems) : done(toConfig(values));
}

type Toml =
  | { readonly ok: true; readonly settings: ReadonlyMap<string, unknown> }
  | { readonly ok: false; readonly problem: string };

/** Flattens the file to `listen`, `log.level`, …; a table that is unknown stays one unknown key. */
function parseToml(text: string): Toml {
  const settings = new Map<string, unknown>();
  try {
    for (const [key, value] of Object.entries(parse(text.replace(/^\uFEFF/, "")))) {
      if (key !== "log" || !isTable(value)) settings.set(key, value);
      else for (const [name, inner] of Object.entries(value)) settings.set(`log.${name}`, inner);
    }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    return { ok: false, problem: `line ${error.line}, column ${error.column}: ${reason}.` };
  }
  return { ok: true, settings };
}

function isTable(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

function unknownKeyProblems(settings: ReadonlyMap<string, unknown>): string[] {
  const known: readonly string[] = CONFIG_SETTINGS.map((setting) => setting.key);
  return [...settings.keys()]
    .filter((key) => !known.includes(key))
    .map((key) => {
      const nearest = nearestName(key, known);
      return `${key} is not a setting${nearest === null ? "" : `; did you mean ${nearest}?`}`;
    });
}

function toConfig(values: ReadonlyMap<string, unknown>): SiteConfig {
  // Every value was checked by the setting's own check, which fixes its type.
  const value = <Value>(key: (typeof CONFIG_SETTINGS)[number]["key"]) => values.get(key) as Value;
  return {
    listen: value("listen"),
    publicUrl: value("public_url"),
    databaseUrl: value("database"),
    apiKeySha256s: value("api_keys"),
    drainTimeoutMs: value("drain_timeout_ms"),
    log: {
      directory: value("log.directory"),
      level: value("log.level"),
      maxSizeBytes: value<number>("log.max_size_mb") * BYTES_PER_MIB,
      maxFiles: value("log.max_files"),
      maxAgeDays: value("log.max_age_days"),
    },
  };
}

function invalid(file: string, problems: readonly string[]): SiteResult<never> {
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  return failed(
    "config-invalid",
    `${file} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:${list}`,
    "Correct the file, then look again with: shortlinectl config check",
  );
}
