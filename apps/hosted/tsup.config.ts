import { cp } from "node:fs/promises";
import { defineConfig } from "tsup";

/** One file that a Node binary alone can run, and the migrations beside it. */
export default defineConfig(({ outDir = "dist" }) => ({
  entry: { main: "src/main.ts" },
  format: "esm",
  target: "node26",
  platform: "node",
  outDir,
  clean: true,
  splitting: false,
  // node:sqlite exists under its full name only.
  removeNodeProtocol: false,
  sourcemap: false,
  metafile: true,
  noExternal: [/.*/],
  // pg looks for its optional native driver, which is not used.
  external: ["pg-native"],
  banner: {
    // What is bundled and not ESM calls `require` for Node's own modules.
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  onSuccess: async () => {
    await cp(new URL("../../packages/core/migrations", import.meta.url), `${outDir}/migrations`, {
      recursive: true,
    });
  },
}));
