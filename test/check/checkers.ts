/** One checker of `pnpm check`. */
export interface Checker {
  readonly name: string;
  /** What a green line means. */
  readonly proves: string;
  readonly program: string;
  readonly args: readonly string[];
  /**
   * Finds in the output how much was looked at; the first group is a count.
   * A checker that looked at nothing has proven nothing, so a count of zero, or
   * none at all, is a failure.
   */
  readonly evidence: RegExp;
}

/** Every checker, slowest first so that the whole takes as long as the slowest. */
export const checkers: readonly Checker[] = [
  {
    name: "package",
    proves: "the published package installs, resolves and types as its manifest says",
    program: "node",
    args: ["test/published-package/main.ts"],
    evidence: /checked (\d+) packed files/u,
  },
  {
    name: "types",
    proves: "the strict compiler accepts every file",
    program: "tsc",
    args: ["-p", "tsconfig.json", "--diagnostics"],
    evidence: /^Files:\s+(\d+)$/mu,
  },
  {
    name: "lint",
    proves: "type-aware rules: no unsafe value, no promise left alone",
    program: "oxlint",
    args: ["."],
    evidence: /on (\d+) files? with/u,
  },
  {
    name: "dead-code",
    proves: "no unused file, export or dependency, none undeclared",
    program: "knip",
    args: ["--no-progress", "--treat-config-hints-as-errors", "--reporter", "symbols"].concat([
      "--reporter",
      "./test/check/knip-count-reporter.ts",
    ]),
    evidence: /processed (\d+) files/u,
  },
  {
    name: "layers",
    proves: "inside a package, each layer imports only what it may",
    program: "depcruise",
    args: ["--config", ".dependency-cruiser.mjs", "apps", "packages", "release", "test"],
    evidence: /\((\d+) modules, \d+ dependencies cruised\)/u,
  },
  {
    name: "boundaries",
    proves: "between packages, only the allowed imports, each declared",
    program: "turbo",
    args: ["boundaries", "--no-color"],
    evidence: /Checked (\d+) files in \d+ packages/u,
  },
  {
    name: "format",
    proves: "formatting is the tool's, not a matter of taste",
    program: "oxfmt",
    args: ["--check", "."],
    evidence: /on (\d+) files? using/u,
  },
  {
    name: "doc-links",
    proves: "every relative link and anchor in the documents resolves",
    program: "node",
    args: ["test/doc-links/main.ts"],
    evidence: /checked (\d+) links/u,
  },
  {
    name: "tidy",
    proves: "the house rules hold for every file of the repository",
    program: "vitest",
    args: ["run", "--project", "unit", "test/tidy.test.ts"],
    evidence: /Tests\s+(\d+) passed/u,
  },
];
