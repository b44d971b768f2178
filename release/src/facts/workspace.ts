import { basename, matchesGlob } from "node:path";
import { z } from "zod";
import { exitCodes, Failure } from "../failure.ts";
import type { Policy } from "../policy/config.ts";
import type { TreeFile } from "../tools/read-tree-files.ts";

export interface WorkspacePackage {
  readonly name: string;
  /** Its `package.json`. */
  readonly file: string;
  readonly dependencies: readonly string[];
}

export interface Workspace {
  /** Names of the packages the product is made of: its own, the fixed group's, and what they depend on. */
  readonly productPackages: readonly string[];
  /** The packages that carry the product's version. */
  readonly versioned: readonly WorkspacePackage[];
}

const dependencyList = z.record(z.string(), z.unknown()).optional();
const manifestSchema = z.looseObject({
  name: z.string().optional(),
  dependencies: dependencyList,
  devDependencies: dependencyList,
  optionalDependencies: dependencyList,
  peerDependencies: dependencyList,
});
const changesetsConfigSchema = z.looseObject({ fixed: z.array(z.array(z.string())).default([]) });

/**
 * The product's place among the packages of one commit.
 * @throws Failure `config-invalid` when the product's package is not there or a manifest is not JSON
 */
export function readWorkspace(files: readonly TreeFile[], policy: Policy): Workspace {
  const packages = files.flatMap(readPackage);
  const product = policy.changesets.package;
  if (!packages.some(({ name }) => name === product)) {
    throw invalid(
      `No package.json is named "${product}", which the policy's changesets.package names.`,
    );
  }
  const group = fixedGroup(files, policy).filter((glob) => glob !== product);
  const versioned = packages.filter(
    ({ name }) => name === product || group.some((glob) => matchesGlob(name, glob)),
  );
  return { versioned, productPackages: withDependencies(versioned, packages) };
}

function readPackage(file: TreeFile): readonly WorkspacePackage[] {
  if (basename(file.path) !== "package.json") return [];
  const manifest = parse(manifestSchema, file);
  if (manifest.name === undefined) return [];
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest;
  // A package that is bundled into the product is often a development dependency.
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
  return [{ name: manifest.name, file: file.path, dependencies: Object.keys(all) }];
}

function fixedGroup(files: readonly TreeFile[], policy: Policy): readonly string[] {
  const file = files.find(({ path }) => path === `${policy.changesets.directory}/config.json`);
  if (file === undefined) return [];
  const { fixed } = parse(changesetsConfigSchema, file);
  const product = policy.changesets.package;
  return fixed.find((group) => group.some((glob) => matchesGlob(product, glob))) ?? [];
}

function withDependencies(
  start: readonly WorkspacePackage[],
  packages: readonly WorkspacePackage[],
): readonly string[] {
  const reached = new Set(start.map(({ name }) => name));
  // A set may grow while it is iterated: each name is visited once.
  for (const name of reached) {
    const member = packages.find((candidate) => candidate.name === name);
    for (const dependency of member?.dependencies ?? []) {
      if (packages.some((candidate) => candidate.name === dependency)) reached.add(dependency);
    }
  }
  return [...reached];
}

function parse<Schema extends z.ZodType>(schema: Schema, file: TreeFile): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(file.content.toString()));
  } catch (error) {
    throw invalid(
      `${file.path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function invalid(message: string): Failure {
  return new Failure({
    code: "config-invalid",
    message,
    next: "Mend it on trunk; the cut reads it from the commit that is cut.",
    exitCode: exitCodes.usage,
  });
}
