import { defineConfig } from "tsup";

/** What other teams install: the program, the supervisor it starts, and the policy's types. */
export default defineConfig({
  entry: {
    main: "src/main.ts",
    index: "src/index.ts",
    supervisor: "src/local-environment/supervisor-main.ts",
  },
  format: "esm",
  target: "node26",
  platform: "node",
  outDir: "dist",
  clean: true,
  dts: { entry: { index: "src/index.ts" } },
  // Verbs stay apart, each loaded when it runs. All files lie flat: the supervisor is looked for beside the program.
  splitting: true,
  // node:sqlite and the like exist under their full names only.
  removeNodeProtocol: false,
  // The program is run by its name.
  banner: { js: "#!/usr/bin/env node" },
  // The bundle format is this repository's own package: it travels inside.
  noExternal: ["@trunkline/bundle"],
});
