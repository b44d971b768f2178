import { jsonShape } from "../cli/json-shape.ts";
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
  const usage = [...words, "[options]", ...(definition.changes ? ["[--apply]"] : [])].join(" ");
  const fields = jsonShape(definition)
    .map((field) => `\`${field}\``)
    .join("; ");
  return [
    `### ${registered.words}`,
    "",
    `\`${usage}\`: ${definition.details.trim().replaceAll(/\s+/g, " ")}`,
    "",
    ...optionLines(definition),
    `- \`--json\`: ${fields}`,
  ].join("\n");
}

function optionLines(definition: CommandDefinition): readonly string[] {
  const args = definition.args.map(({ name, description }) => `- \`${name}\`: ${description}`);
  const options = definition.options.map(
    ({ flags, description }) => `- \`${flags}\`: ${description}`,
  );
  return [...args, ...options];
}
