import { defineConfig } from "tsup";

/** One file that runs from a release directory without node_modules. */
export default defineConfig({
  entry: { shortlinectl: "src/main.ts" },
  format: "esm",
  target: "node26",
  platform: "node",
  outDir: "dist",
  clean: true,
  splitting: false,
  // node:sqlite exists under its full name only.
  removeNodeProtocol: false,
  sourcemap: false,
  minify: false,
  metafile: true,
  noExternal: [/.*/],
  // An optional native driver of pg that is never installed here.
  external: ["pg-native"],
  // Bundled CommonJS packages call require for built-in modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
