import type { Environment } from "./environment-schema.ts";
import { environmentSchema } from "./environment-schema.ts";
import type { HostedConfig } from "./hosted-config.ts";
import { nearestName } from "./nearest-name.ts";
import { telemetryConfig } from "./telemetry-config.ts";

/** One variable that cannot be used as it is. */
export interface ConfigProblem {
  readonly setting: string;
  readonly message: string;
  readonly next: string;
}

/** Every problem of one configuration, in the order of the documentation; never empty. */
export interface ConfigFailure {
  readonly code: "invalid-config";
  readonly problems: readonly ConfigProblem[];
}

/** A variable that looks meant for this service but is not read by this build. */
export interface ConfigWarning {
  readonly setting: string;
  readonly next: string;
}

/** The outcome of reading the environment. */
export type ParsedConfig =
  | {
      readonly ok: true;
      readonly config: HostedConfig;
      readonly warnings: readonly ConfigWarning[];
    }
  | { readonly ok: false; readonly failure: ConfigFailure };

/**
 * Reads the whole configuration from environment variables. Reports all problems at once.
 * An unknown `SHORTLINE_…` name is only a warning: after a rollback the environment may still
 * carry a variable of the newer build, and the older one has to start all the same.
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (parsed.success) {
    return {
      ok: true,
      config: toConfig(parsed.data, environment),
      warnings: unknownNames(environment),
    };
  }
  const problems = parsed.error.issues.map((issue) => ({
    setting: issue.path.join("."),
    message: issue.message,
    next: nextStep(issue),
  }));
  return { ok: false, failure: { code: "invalid-config", problems } };
}

function nextStep(issue: object): string {
  // Every issue is made by `setting`, which puts the next step here.
  const next = "params" in issue && (issue.params as { readonly next?: unknown } | undefined)?.next;
  return typeof next === "string" ? next : "Correct it.";
}

function toConfig(
  read: Environment,
  environment: Readonly<Record<string, string | undefined>>,
): HostedConfig {
  const telemetry = telemetryConfig(read);
  return {
    host: read.HOST,
    port: read.PORT,
    databaseUrl: read.SHORTLINE_DATABASE_URL,
    publicUrl: read.SHORTLINE_PUBLIC_URL,
    apiKeys: read.SHORTLINE_API_KEYS,
    logLevel: read.SHORTLINE_LOG_LEVEL,
    drainTimeoutMs: read.SHORTLINE_DRAIN_TIMEOUT_MS,
    metricsAccess: read.SHORTLINE_METRICS,
    telemetry,
    build: { commit: read.BUILD_COMMIT, digest: read.BUILD_DIGEST },
    secrets: [
      ...(environment["SHORTLINE_API_KEYS"] ?? "").split(",").map((key) => key.trim()),
      ...[telemetry.traces, telemetry.metrics].flatMap((target) =>
        Object.values(target?.headers ?? {}),
      ),
      ...[read.SHORTLINE_DATABASE_URL, telemetry.traces?.url, telemetry.metrics?.url].flatMap(
        passwordsOf,
      ),
    ].filter((secret) => secret !== ""),
  };
}

function passwordsOf(address: string | undefined): readonly string[] {
  const url = URL.parse(address ?? "");
  if (url === null) return [];
  return [...new Set([url.password, safelyDecoded(url.password), ...url.searchParams.values()])];
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const maximumWarnings = 20;

function unknownNames(
  environment: Readonly<Record<string, string | undefined>>,
): readonly ConfigWarning[] {
  const known = Object.keys(environmentSchema.shape);
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith("SHORTLINE_") && !known.includes(name),
  );
  return unknown.slice(0, maximumWarnings).map((name) => {
    const nearest = nearestName(name, known);
    return {
      setting: name,
      next: nearest
        ? `Did you mean ${nearest}? If not, unset it.`
        : "Unset it if it is not meant for a newer build.",
    };
  });
}
