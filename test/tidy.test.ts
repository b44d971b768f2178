import { existsSync, readFileSync } from "node:fs";
import { join, normalize, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { listRepositoryFiles } from "./repository-files.ts";
import { ambientRules } from "./tidy/ambient-rules.ts";
import { languageRules } from "./tidy/language-rules.ts";
import { nameRules } from "./tidy/name-rules.ts";
import { makeSourceFile, readSourceFile } from "./tidy/source-file.ts";
import { sizeRules } from "./tidy/size-rules.ts";
import { testRules } from "./tidy/test-rules.ts";
import { textRules } from "./tidy/text-rules.ts";

const root = resolve(import.meta.dirname, "..");
const binary = /\.(?:png|ico|gz|tgz|sig|woff2)$/u;
const paths = listRepositoryFiles(root).filter((path) => !binary.test(path));
const files = paths.map((path) => readSourceFile(root, path));
const repository = { edges: packageEdges() };
const rules = [
  ...sizeRules,
  ...nameRules,
  ...languageRules,
  ...ambientRules,
  ...testRules,
  ...textRules,
];

describe.each(rules.map((rule) => ({ name: rule.name, rule })))("house rule $name", ({ rule }) => {
  it("holds for every file of the repository", () => {
    const applicable = files.filter((file) => rule.appliesTo(file.path));
    expect(applicable.length).toBeGreaterThan(0);
    const faults = applicable.flatMap((file) =>
      rule
        .findFaults(file, repository)
        .map(({ line, message }) => `${file.path}:${line} ${message}`),
    );
    expect(faults).toEqual([]);
  });

  it.each(rule.planted.map((planted) => ({ ...planted, name: planted.path })))(
    "catches the fault planted in $name",
    ({ path, text }) => {
      expect(rule.appliesTo(path)).toBe(true);
      expect(rule.findFaults(makeSourceFile(path, text), repository)).not.toEqual([]);
    },
  );

  it.each(rule.allowed.map((allowed) => ({ ...allowed, name: allowed.path })))(
    "allows $name",
    ({ path, text }) => {
      const faults = rule.appliesTo(path)
        ? rule.findFaults(makeSourceFile(path, text), repository)
        : [];
      expect(faults).toEqual([]);
    },
  );
});

/** Files that a package.json of the repository names. */
function packageEdges(): ReadonlySet<string> {
  const manifests = listRepositoryFiles(root).filter((path) =>
    /(?:^|\/)package\.json$/u.test(path),
  );
  const named = manifests.flatMap((manifest) => {
    const text = readFileSync(join(root, manifest), "utf8");
    const folder = manifest.replace(/package\.json$/u, "");
    return [...text.matchAll(/"(\.\/[^"]+\.ts)"/gu)].map(([, path = ""]) =>
      normalize(folder + path),
    );
  });
  return new Set(named.filter((path) => existsSync(join(root, path))));
}
