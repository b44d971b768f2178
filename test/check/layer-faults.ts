import type { PlantedFault } from "./planted-faults.ts";

const links = "packages/core/src/links";

function layerFault(rule: string, path: string, target: string): PlantedFault {
  return {
    checker: "layers",
    fault: `${rule}: ${path} imports ${target}`,
    path,
    write: () => `import * as planted from "${target}";\nexport const used = planted;\n`,
    says: new RegExp(`error ${rule}: ${path.replaceAll(".", "\\.")}`, "u"),
  };
}

/** At least one forbidden import for each rule of .dependency-cruiser.mjs. */
export const layerFaults: readonly PlantedFault[] = [
  layerFault("no-cycle", `${links}/planted.ts`, "./planted.ts"),
  layerFault("resolves", `${links}/planted.ts`, "./gone.ts"),
  layerFault("product-imports-no-test", "packages/core/src/http/planted.ts", "vitest"),
  layerFault("product-imports-no-test", "release/src/planted.ts", "../../test/run-tool.ts"),
  layerFault("links-is-pure", `${links}/planted.ts`, "node:crypto"),
  layerFault("links-is-pure", `${links}/planted.ts`, "zod"),
  layerFault("links-is-pure", `${links}/planted.ts`, "../http/create-app.ts"),
  layerFault("links-is-pure", `${links}/planted.ts`, "../storage/sqlite-link-store.ts"),
  layerFault(
    "storage-knows-no-http",
    "packages/core/src/storage/planted.ts",
    "../http/create-app.ts",
  ),
  layerFault("storage-knows-no-http", "packages/core/src/storage/planted.ts", "hono"),
  layerFault(
    "http-knows-no-storage",
    "packages/core/src/http/planted.ts",
    "../storage/sqlite-link-store.ts",
  ),
  layerFault("http-knows-no-storage", "packages/core/src/http/planted.ts", "node:sqlite"),
  layerFault(
    "core-exports-no-telemetry",
    "packages/core/src/http/planted.ts",
    "../../../../apps/hosted/node_modules/winston/lib/winston.js",
  ),
  layerFault(
    "core-knows-no-app",
    "packages/core/src/http/planted.ts",
    "../../../../apps/hosted/src/main.ts",
  ),
  layerFault("apps-are-strangers", "apps/hosted/src/planted.ts", "../../self-hosted/src/main.ts"),
  layerFault(
    "apps-are-strangers",
    "apps/self-hosted/src/planted.ts",
    "../../../release/src/main.ts",
  ),
  layerFault(
    "release-imports-no-product",
    "release/src/planted.ts",
    "../../packages/core/src/index.ts",
  ),
  layerFault("plans-are-pure", "release/src/plans/planted.ts", "node:fs"),
  layerFault("plans-are-pure", "release/src/plans/planted.ts", "../tools/git.ts"),
  layerFault("plans-are-pure", "release/src/plans/planted.ts", "semver"),
  layerFault("facts-only-read", "release/src/facts/planted.ts", "../plans/plan.ts"),
  layerFault("tools-know-no-verb", "release/src/tools/planted.ts", "../plans/plan.ts"),
];
