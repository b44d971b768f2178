import { readdir, readFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.ts";
import { resolveInside } from "../tools/list-files.ts";
import { bundleSourcePath } from "./bundle-files.ts";
import type { BundleSource } from "./bundle-files.ts";

/** A package whose code is in the bundle. */
export interface BundledPackage {
  readonly kind: "library" | "platform";
  /** What it is called in the SBOM. */
  readonly name: string;
  /** What the registry calls it. */
  readonly registryName: string;
  readonly version: string;
  /** As its package.json says it; null: it says nothing. */
  readonly license: string | null;
  /** Licence and notice texts, by file name, sorted. */
  readonly licenseFiles: readonly { readonly name: string; readonly sourceFile: string }[];
}

const maxLevels = 64;

const metafileSchema = z.object({
  outputs: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) }),
  ),
});

const packageSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
});

const licenseName = /^(licen[cs]e|copying|notice|third[-_ ]?party)/i;

/**
 * The packages that are really inside: those whose code the bundler put into an output, by its
 * metafiles, and those the policy ships whole. By name and version, each once.
 * @throws Failure `bundle-invalid` for a metafile that cannot be read or does not fit the clone
 */
export async function bundledPackages(source: BundleSource): Promise<readonly BundledPackage[]> {
  const found = new Map<string, BundledPackage>();
  const add = (one: BundledPackage): unknown => found.set(`${one.name}@${one.version}`, one);
  for (const rule of source.policy.packages) add(await wholePackage(source, rule));
  const directories = new Set<string>();
  for (const metafile of source.policy.metafiles) {
    const file = await bundleSourcePath(source, metafile);
    for (const input of await codeFiles(source, file)) {
      const directory = await packageDirectory(source, input);
      if (directory !== null) directories.add(directory);
    }
  }
  for (const directory of directories) add(await describePackage(directory));
  return [...found.values()].toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

function keyOf(one: BundledPackage): string {
  return `${one.name}@${one.version}`;
}

async function wholePackage(
  source: BundleSource,
  rule: BundleSource["policy"]["packages"][number],
): Promise<BundledPackage> {
  const directory = await bundleSourcePath(source, rule.directory);
  const described = await describePackage(directory);
  const licenseFile = rule.licenseFile;
  const named =
    licenseFile === undefined
      ? described.licenseFiles
      : [
          {
            name: licenseFile,
            sourceFile: await bundleSourcePath(source, `${rule.directory}/${licenseFile}`),
          },
        ];
  return {
    ...described,
    kind: "platform",
    name: rule.name ?? described.name,
    license: rule.license ?? described.license,
    licenseFiles: named,
  };
}

/** Real paths of the files whose code is in an output. */
async function codeFiles(source: BundleSource, metafile: string): Promise<readonly string[]> {
  const parsed = metafileSchema.safeParse(await readJson(metafile));
  if (!parsed.success) throw misfit(metafile, "it is not an esbuild metafile");
  const inputs = Object.values(parsed.data.outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  // A bundler's own modules have a namespace or are no paths.
  const paths = [...new Set(inputs)].filter((path) => !/^(<|\(|[a-z][a-z0-9-]+:)/.test(path));
  // They are relative to where the bundler ran: the metafile's folder or one above it.
  let base = dirname(metafile);
  for (let level = 0; level < maxLevels && base.startsWith(source.directory); level += 1) {
    const files = await resolveAll(source, base, paths);
    if (files !== null) return files;
    base = dirname(base);
  }
  throw misfit(metafile, "the files that it names are not in the clone");
}

async function resolveAll(
  source: BundleSource,
  base: string,
  paths: readonly string[],
): Promise<readonly string[] | null> {
  const files: string[] = [];
  for (const path of paths) {
    const file = join(base, path);
    const real = file.startsWith(source.directory)
      ? await resolveInside(file, source.directory)
      : null;
    if (real === null) return null;
    files.push(real);
  }
  return files;
}

/** The folder of the package a file belongs to; null for the product's own code. */
async function packageDirectory(source: BundleSource, file: string): Promise<string | null> {
  let directory = dirname(file);
  for (let level = 0; level < maxLevels && directory.startsWith(source.directory); level += 1) {
    const isOwn = !`${directory}${sep}`.includes(`${sep}node_modules${sep}`);
    if (isOwn) return null;
    const json = await readJson(join(directory, "package.json"));
    if (packageSchema.safeParse(json).success) return directory;
    directory = dirname(directory);
  }
  return null;
}

async function describePackage(directory: string): Promise<BundledPackage> {
  const file = join(directory, "package.json");
  const parsed = packageSchema.safeParse(await readJson(file));
  if (!parsed.success) throw misfit(file, "it has no name and version");
  const { name, version, license, licenses } = parsed.data;
  const said = typeof license === "object" ? license.type : license;
  const several = licenses?.map(({ type }) => type).join(" OR ");
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && licenseName.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  return {
    kind: "library",
    name,
    registryName: name,
    version,
    license: said ?? (several === undefined || several === "" ? null : several),
    licenseFiles: names.map((one) => ({ name: one, sourceFile: join(directory, one) })),
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}

function misfit(file: string, why: string): Failure {
  return new Failure({
    code: "bundle-invalid",
    message: `${file} does not tell what is in the bundle: ${why}.`,
    next: "Let the build write an esbuild metafile, and name it in bundle.metafiles.",
  });
}
