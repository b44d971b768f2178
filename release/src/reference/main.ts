import { writeFile } from "node:fs/promises";
import { referenceText } from "./reference-text.ts";

const page = new URL("../../../ops-docs/reference/trunkline.md", import.meta.url);
await writeFile(page, await referenceText());
