import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderDocs } from "./src/docs/render-docs.ts";

const sourceDirectory = join(import.meta.dirname, "..", "..", "ops-docs", "self-hosted");
const outputDirectory = join(import.meta.dirname, "dist", "docs");

rmSync(outputDirectory, { recursive: true, force: true });
mkdirSync(outputDirectory, { recursive: true });
for (const [name, content] of renderDocs(
  sourceDirectory,
  join(import.meta.dirname, "docs-assets"),
)) {
  writeFileSync(join(outputDirectory, name), content);
}
