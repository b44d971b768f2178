import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { commandRegistry } from "../cli/command-registry.ts";
import { configTable } from "./config-table.ts";
import { referenceText } from "./reference-text.ts";

const page = new URL("../../../ops-docs/reference/trunkline.md", import.meta.url);

/** The formatter aligns tables; that is no difference. */
function unaligned(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{2,}/g, "--").trim();
}

test("the page in ops-docs is what the code says: node release/src/reference/main.ts", async () => {
  expect(unaligned(await readFile(page, "utf8"))).toBe(unaligned(await referenceText()));
});

test("names every verb, and every field with its default", async () => {
  const text = await referenceText();
  for (const { words } of commandRegistry) expect(text).toContain(`\n### ${words}\n`);
  const table = configTable();
  for (const row of [
    '| `proven.bakeTime` | string | `"24h"` |',
    "| `environments.NAME.smoke[].status` | integer | `200` |",
    "| `changesets.package` | string | required |",
    "| `bundle` |",
  ]) {
    expect(table).toContain(row);
  }
  expect(table.split("\n").filter((row) => row.endsWith("|  |"))).toEqual([]);
});
