import type { Rule } from "./rule.ts";

/** Names that say nothing about what is inside. */
const emptyNames = ["utils", "util", "helpers", "helper", "common", "shared", "misc", "types"];

/** Written the way a tool, or everyone, expects. */
const fixedNames = /^(?:[A-Z][A-Z-]*(?:\.md)?|Dockerfile|\.[a-z][a-z0-9._-]*)$/u;

/** lower-case words joined by dashes; dots before a tier or an extension; a migration's number. */
const kebabName = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/u;

const code = /\.[cm]?[jt]s$/u;

export const nameRules: readonly Rule[] = [
  {
    name: "kebab-case",
    appliesTo: () => true,
    findFaults: ({ path }) =>
      path
        .split("/")
        .filter((part) => !kebabName.test(part) && !fixedNames.test(part))
        .map((part) => ({ line: 1, message: `"${part}" is not kebab-case` })),
    planted: [
      { path: "apps/hosted/src/httpServer.ts", text: "" },
      { path: "apps/hosted/src/http_server.ts", text: "" },
      { path: "apps/hosted/Server/main.ts", text: "" },
    ],
    allowed: [
      { path: "apps/hosted/src/http-server.integration.test.ts", text: "" },
      { path: "SECURITY.md", text: "" },
      { path: ".github/workflows/ci.yml", text: "" },
      { path: "packages/core/migrations/sqlite/0001-links.sql", text: "" },
    ],
  },
  {
    name: "telling-name",
    appliesTo: (path) => code.test(path),
    findFaults: ({ path }) =>
      path
        .split("/")
        .map((part) => part.replace(/\..*$/u, ""))
        .filter((part) => emptyNames.includes(part))
        .map((part) => ({ line: 1, message: `"${part}" says nothing: name the one thing inside` })),
    planted: [
      { path: "release/src/utils/git.ts", text: "" },
      { path: "release/src/types.ts", text: "" },
      { path: "packages/core/src/http/helpers.test.ts", text: "" },
    ],
    allowed: [{ path: "packages/core/src/http/media-types.ts", text: "" }],
  },
  {
    name: "index-at-the-edge",
    appliesTo: (path) => /(?:^|\/)index\.[cm]?[jt]s$/u.test(path),
    findFaults: ({ path }, { edges }) =>
      edges.has(path)
        ? []
        : [{ line: 1, message: "an index file stands only where a package.json exports it" }],
    planted: [{ path: "packages/core/src/links/index.ts", text: "" }],
    allowed: [{ path: "packages/core/src/index.ts", text: "" }],
  },
];
