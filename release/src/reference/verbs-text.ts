import { commandRegistry } from "../cli/command-registry.ts";
import type { RegisteredCommand } from "../cli/command-registry.ts";
import type { CommandDefinition } from "../cli/command.ts";

/** Every verb as Markdown, from the definitions that make its help. */
export async function verbsText(): Promise<string> {
  const sections: string[] = [];
  for (const registered of commandRegistry) {
    sections.push(verbText(registered, await registered.load()));
  }
  return sections.join("\n\n");
}

function verbText(registered: RegisteredCommand, definition: CommandDefinition): string {
  const words = [`trunkline ${registered.words}`, ...definition.args.map(({ name }) => name)];
  return [
    `### ${registered.words}`,
    "",
    definition.details.trim(),
    "",
    "```text",
    `${words.join(" ")} [options]`,
    "```",
    "",
    "| option | what it does |",
    "| --- | --- |",
    ...optionRows(definition),
    "",
    "With `--json`, besides `schemaVersion: 1`:",
    "",
    ...definition.json.map((field) => `- \`${field}\``),
    "",
    "```sh",
    ...definition.examples,
    "```",
  ].join("\n");
}

function optionRows(definition: CommandDefinition): readonly string[] {
  const rows = [
    ...definition.args.map(({ name, description }) => [name, description]),
    ...definition.options.map(({ flags, description }) => [flags, description]),
    ...(definition.changes
      ? [["--apply", "do it; without this the plan is printed and nothing changes"]]
      : []),
    ["--repo <dir>", "the repository (default: the current directory's)"],
    ["--json", "print data as JSON on stdout"],
  ];
  return rows.map(
    ([flags = "", text = ""]) => `| \`${flags}\` | ${text.replaceAll("|", String.raw`\|`)} |`,
  );
}
