import { z } from "zod";
import { configSchema } from "../policy/config.ts";

/** What this page needs of a JSON Schema. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** Every field of the configuration as a Markdown table, from the schema itself. */
export function configTable(): string {
  // The library's own type of a JSON Schema is wider; these are the keywords that it writes here.
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as SchemaNode;
  const rows = fieldRows(schema, "");
  return ["| field | type | default | what it is |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

function fieldRows(node: SchemaNode, prefix: string): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const required = node.required?.includes(name) === true;
    return [...row(path, field, required), ...innerRows(field, path)];
  });
}

/** A group of fields is shown by its fields, unless it says something itself. */
function row(path: string, field: SchemaNode, required: boolean): readonly string[] {
  if (field.properties !== undefined && field.description === undefined) return [];
  const fallback =
    field.default === undefined ? (required ? "required" : "none") : code(field.default);
  return [`| \`${path}\` | ${typeOf(field)} | ${fallback} | ${cell(field.description ?? "")} |`];
}

function innerRows(field: SchemaNode, path: string): readonly string[] {
  if (field.properties !== undefined) return fieldRows(field, `${path}.`);
  if (field.items?.properties !== undefined) return fieldRows(field.items, `${path}[].`);
  const values = field.additionalProperties;
  return typeof values === "object" ? fieldRows(values, `${path}.NAME.`) : [];
}

function typeOf(field: SchemaNode): string {
  if (field.const !== undefined) return code(field.const);
  if (field.enum !== undefined) return field.enum.map(code).join(" or ");
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  if (typeof field.additionalProperties === "object")
    return `${typeOf(field.additionalProperties)} by name`;
  return field.type ?? "any";
}

function code(value: unknown): string {
  return `\`${cell(JSON.stringify(value))}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
