// Layers inside the packages. Between packages, `turbo boundaries` rules (turbo.json).
// Each rule has a planted fault in test/layers.integration.test.ts.

const tests = "\\.test\\.ts$";
const testing = "/src/testing/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycle",
      comment: "A cycle cannot be understood, or tested, in parts.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolves",
      comment: "An import that resolves to nothing fails at run time.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "product-imports-no-test",
      comment: "Tests, and what only tests use, are no part of what is shipped.",
      severity: "error",
      from: { pathNot: [tests, testing, "^test/", "vitest\\.config\\.ts$"] },
      to: { path: [tests, testing, "^test/", "vitest"] },
    },
    {
      name: "links-is-pure",
      comment: "The domain imports itself and nothing else: no http, no storage, no node: module.",
      severity: "error",
      from: { path: "^packages/core/src/links/", pathNot: tests },
      to: { pathNot: "^packages/core/src/links/" },
    },
    {
      name: "storage-knows-no-http",
      comment: "A store implements the port of the domain and knows no transport.",
      severity: "error",
      from: { path: "^packages/core/src/storage/" },
      to: { path: ["^packages/core/src/http/", "/hono/", "/@hono/"] },
    },
    {
      name: "http-knows-no-storage",
      comment: "Routes see the LinkStore port, never a database.",
      severity: "error",
      from: { path: "^packages/core/src/http/", pathNot: tests },
      to: { path: ["^packages/core/src/storage/", "/pg/", "^(node:)?sqlite$"] },
    },
    {
      name: "core-exports-no-telemetry",
      comment: "Core instruments itself with the API; where data goes is the app's choice.",
      severity: "error",
      from: { path: "^packages/core/" },
      to: { path: ["/@opentelemetry/(?!api/)", "/winston/"] },
    },
    {
      name: "core-knows-no-app",
      comment: "The product knows neither delivery.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: ["^apps/", "^release/"] },
    },
    {
      name: "apps-are-strangers",
      comment: "The two deliveries share packages, never each other's code.",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: ["^apps/", "^release/"], pathNot: "^apps/$1/" },
    },
    {
      name: "release-imports-no-product",
      comment:
        "Trunkline builds what it ships, it does not link it; the bundle format is the exception.",
      severity: "error",
      from: { path: "^release/" },
      to: { path: ["^apps/", "^packages/"], pathNot: "^packages/bundle/" },
    },
    {
      name: "plans-are-pure",
      comment: "Facts and policy in, a plan out: no tools, no clock, no node: module, no library.",
      severity: "error",
      from: { path: "^release/src/plans/", pathNot: tests },
      to: { pathNot: ["^release/src/(plans|versions|policy)/", "^release/src/failure\\.ts$"] },
    },
    {
      name: "facts-only-read",
      comment:
        "Facts are gathered before a plan exists; only the types that a plan asks for may be named.",
      severity: "error",
      from: { path: "^release/src/facts/", pathNot: tests },
      to: { path: "^release/src/(apply|commands|plans)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "tools-know-no-verb",
      comment: "A tool wraps one program or format and is told what to do.",
      severity: "error",
      from: { path: "^release/src/tools/", pathNot: tests },
      to: { path: "^release/src/(apply|commands|facts|plans)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^(apps|packages)/[^/]+/dist/", "^release/dist/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      mainFields: ["module", "main", "types"],
    },
  },
};
