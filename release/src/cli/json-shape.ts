import type { CommandDefinition } from "./command.ts";

const always = ["plan:", "applied:"];

/** The fields of a verb's `--json`, one line each; what only a carried-out plan has comes last, and says so. */
export function jsonShape(definition: CommandDefinition): readonly string[] {
  if (!definition.changes) return definition.json;
  const isAlways = (line: string): boolean => always.some((name) => line.startsWith(name));
  const later = definition.json.filter((line) => !isAlways(line));
  return [
    ...definition.json.filter(isAlways),
    ...later.map((line) => `once applied, or when nothing is left to do: ${line}`),
  ];
}
