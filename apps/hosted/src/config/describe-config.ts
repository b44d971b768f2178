import { environmentSchema } from "./environment-schema.ts";
import type { ConfigFailure } from "./parse-config.ts";

/** The `--help` text: every variable with its meaning and default, made from the schema itself. */
export function describeConfig(): string {
  const lines = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const meta = schema.meta();
    const fallback = meta?.["fallback"] === "" ? "not set" : String(meta?.["fallback"]);
    return `  ${name}\n      ${meta?.description ?? ""} [${fallback}]`;
  });
  return [
    "Usage: node main.js",
    "",
    "Serves short links. Everything is configured by environment variables [default]:",
    "",
    ...lines,
    "",
    "SIGTERM finishes what is in flight and exits 0; a second one exits at once.",
    "Exit codes: 0 stopped when asked, 1 failed, 2 configuration or usage.",
    "",
    "Example:",
    "  SHORTLINE_API_KEYS=$(openssl rand -hex 24) PORT=8080 node main.js",
    "",
  ].join("\n");
}

/** What a person reads when the configuration cannot be used: each problem, and what to do about it. */
export function describeConfigFailure(failure: ConfigFailure): string {
  const count = failure.problems.length;
  const lines = failure.problems.map(
    (each) => `  ${each.setting} ${each.message}.\n    ${each.next}`,
  );
  return [
    `shortline: the configuration has ${count} problem${count === 1 ? "" : "s"}; nothing was started.`,
    ...lines,
    "`node main.js --help` lists every variable.",
    "",
  ].join("\n");
}
