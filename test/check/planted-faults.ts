/** A fault that one checker must catch. */
export interface PlantedFault {
  readonly checker: string;
  readonly fault: string;
  readonly path: string;
  /** The file's text; given the present text, or "" where there is no file yet. */
  readonly write: (text: string) => string;
  /** What the checker's output says about it. */
  readonly says: RegExp;
}

const create = (text: string) => () => text;
const append = (text: string) => (present: string) => `${present}\n${text}`;
const replace = (from: string, to: string) => (present: string) => present.replace(from, to);

export const plantedFaults: readonly PlantedFault[] = [
  {
    checker: "format",
    fault: "single quotes",
    path: "packages/core/src/links/planted.ts",
    write: create("export const planted = 'x';\n"),
    says: /planted\.ts/u,
  },
  {
    checker: "lint",
    fault: "an explicit any",
    path: "packages/core/src/links/planted.ts",
    write: create("export const planted: any = 1;\n"),
    says: /no-explicit-any/u,
  },
  {
    checker: "lint",
    fault: "a promise left alone, which only types can show",
    path: "packages/core/src/links/planted.ts",
    write: create(
      "async function f(): Promise<void> {}\nexport function planted(): void {\n  f();\n}\n",
    ),
    says: /no-floating-promises/u,
  },
  {
    checker: "lint",
    fault: "a value of unknown shape used as if it were known",
    path: "packages/core/src/links/planted.ts",
    write: create("export const planted: string = JSON.parse('1');\n"),
    says: /no-unsafe-assignment/u,
  },
  {
    checker: "types",
    fault: "an index that may be missing",
    path: "packages/core/src/links/planted.ts",
    write: create("export const planted = (list: readonly string[]): string => list[0];\n"),
    says: /planted\.ts.*TS2322/u,
  },
  {
    checker: "types",
    fault: "an optional property set to undefined",
    path: "release/src/planted.ts",
    write: create("export const planted: { a?: string } = { a: undefined };\n"),
    says: /planted\.ts.*TS2375/u,
  },
  {
    checker: "dead-code",
    fault: "a file that nothing imports",
    path: "packages/core/src/links/planted.ts",
    write: create("export const planted = 1;\n"),
    says: /Unused files[^]*planted\.ts/u,
  },
  {
    checker: "dead-code",
    fault: "an export that nothing uses",
    path: "test/run-tool.ts",
    write: append("export const planted = 1;\n"),
    says: /Unused exports[^]*planted/u,
  },
  {
    checker: "dead-code",
    fault: "a dependency that nothing uses",
    path: "packages/http-server/package.json",
    write: replace('"@hono/node-server"', '"pg": "catalog:",\n    "@hono/node-server"'),
    says: /Unused dependencies[^]*pg/u,
  },
  {
    checker: "dead-code",
    fault: "a dependency that is used and not declared",
    path: "packages/http-server/src/index.ts",
    write: append('export { createLogger as planted } from "winston";\n'),
    says: /(?:Unlisted|Unresolved)[^]*winston/u,
  },
  {
    checker: "boundaries",
    fault: "the product depends on an app",
    path: "packages/core/package.json",
    write: replace('"hono"', '"@shortline/hosted": "workspace:*",\n    "hono"'),
    says: /`@shortline\/hosted`[^]*`@shortline\/\s*\|?\s*core`/u,
  },
  {
    checker: "boundaries",
    fault: "an app depends on the other",
    path: "apps/hosted/package.json",
    write: replace(
      '"@shortline/core"',
      '"@shortline/self-hosted": "workspace:*",\n    "@shortline/core"',
    ),
    says: /`@shortline\/self-hosted`/u,
  },
  {
    checker: "boundaries",
    fault: "the release tool depends on the product",
    path: "release/package.json",
    write: replace('"commander"', '"@shortline/core": "workspace:*",\n    "commander"'),
    says: /`@shortline\/core`/u,
  },
  {
    checker: "boundaries",
    fault: "the server depends on the product",
    path: "packages/http-server/package.json",
    write: replace(
      '"@hono/node-server"',
      '"@shortline/core": "workspace:*",\n    "@hono/node-server"',
    ),
    says: /`@shortline\/core`/u,
  },
  {
    checker: "boundaries",
    fault: "an import past a package's door",
    path: "apps/hosted/src/planted.ts",
    write: create('export * from "../../../packages/core/src/links/link.ts";\n'),
    says: /planted\.ts/u,
  },
  {
    checker: "package",
    fault: "an entry that the package does not contain",
    path: "release/package.json",
    write: replace('"default": "./dist/index.js"', '"default": "./dist/gone.js"'),
    says: /dist\/gone\.js/u,
  },
  {
    checker: "package",
    fault: "types that are not there",
    path: "release/package.json",
    write: replace('"types": "./dist/index.d.ts"', '"types": "./dist/gone.d.ts"'),
    says: /gone\.d\.ts|No types|NoResolution/u,
  },
  {
    checker: "doc-links",
    fault: "a link to a document that is not there",
    path: "README.md",
    write: append("[planted](planted.md)\n"),
    says: /README\.md:\d+: planted\.md names a file/u,
  },
  {
    checker: "doc-links",
    fault: "a link to a heading that is not there",
    path: "README.md",
    write: append("[planted](ARCHITECTURE.md#planted-heading)\n"),
    says: /names an anchor that ARCHITECTURE\.md does not have/u,
  },
  {
    checker: "tidy",
    fault: "a house rule broken",
    path: "packages/core/src/links/planted.ts",
    write: create("export default 1;\n"),
    says: /links\/planted\.ts:1 a default export/u,
  },
];
