import { z } from "zod";
import { ledgerEntrySchema } from "../ledger/ledger-entry.ts";

const common = ["schemaVersion", "id", "at", "by", "commit", "reason", "kind", "outcome"];

const meanings: Readonly<Record<string, string>> = {
  deployment: "a build began to be deployed, serves, failed its checks, or was given up",
  rollback: "a build serves again in place of the one in `from`",
  environment: "an environment was stopped, or serves again after that",
  cut: "a line was cut from `commit`, proven by a deployment",
  backport: "the trunk commit `origin` is on the line as `commit`",
  "sign-off": "a QA role's word on the line's head `commit`",
  release: "a version of the line was tagged on `commit`",
  bundle: "the offline bundle of a release was made",
};

/** Every kind of entry as a Markdown table, from the schema itself. */
export function ledgerTable(): string {
  const rows = ledgerEntrySchema.options.map((option) => {
    const { kind, outcome } = option.shape;
    const [name = ""] = [...kind.values];
    const own = Object.keys(option.shape).filter((field) => !common.includes(field));
    const outcomes = z.toJSONSchema(outcome).enum ?? [];
    return `| \`${name}\` | ${listed(outcomes)} | ${listed(own)} | ${meanings[name] ?? ""} |`;
  });
  return [
    "| kind | outcome | its own fields | what it says |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function listed(names: readonly unknown[]): string {
  return names.map((name) => `\`${String(name)}\``).join(", ");
}
