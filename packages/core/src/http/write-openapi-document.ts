import { writeFile } from "node:fs/promises";
import { createOpenApiDocument } from "./openapi-document.ts";

// Run by `pnpm --filter @shortline/core openapi`; a unit test fails while the file is stale.
const file = new URL("../../openapi.json", import.meta.url);
await writeFile(file, `${JSON.stringify(createOpenApiDocument(), null, 2)}\n`);
