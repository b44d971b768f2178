import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeBundle } from "@trunkline/bundle";
import type { BundleFile, WrittenBundle } from "@trunkline/bundle";
import type { CommandContext } from "../cli/command.ts";
import { Failure } from "../failure.ts";
import type { BundlePolicy } from "../policy/config.ts";
import { buildEnvironment } from "../tools/build-environment.ts";
import { bundleValue } from "../tools/bundle-value.ts";
import { commitTime } from "../tools/commit-time.ts";
import { withFreshClone } from "../tools/fresh-clone.ts";
import { loadPolicy } from "../tools/load-policy.ts";
import type { Repository } from "../tools/repository.ts";
import { runLogged } from "../tools/run-logged.ts";
import { bundleFiles } from "./bundle-files.ts";
import type { BundleSource } from "./bundle-files.ts";
import { bundledPackages } from "./bundle-packages.ts";
import type { BundledPackage } from "./bundle-packages.ts";
import { formatProvenance } from "./bundle-provenance.ts";
import { formatSbom } from "./bundle-sbom.ts";

export interface BundleOrder {
  readonly repository: Repository;
  readonly context: CommandContext;
  readonly tag: string;
  readonly version: string;
  readonly commit: string;
  readonly arch: "x64" | "arm64";
}

export interface MadeBundle extends WrittenBundle {
  /** Names of packages without any licence text, for a person to look at. */
  readonly withoutLicenseText: readonly string[];
}

/**
 * Makes the bundle of a release into one file: in a fresh clone of the tag, by the policy that the
 * tag itself holds. The bytes depend on the commit alone: not on the path, the time or the machine.
 * @throws Failure `build-failed`, `bundle-invalid`, `config-invalid`
 */
export async function makeBundle(order: BundleOrder, outputFile: string): Promise<MadeBundle> {
  const { repository, context, tag, commit } = order;
  const { git } = repository;
  const clone = { git, commit, tag, pid: context.pid };
  return withFreshClone(clone, async (directory) => {
    const policy = (await loadPolicy(directory)).bundle;
    if (policy === undefined) throw noBundlePolicy(tag);
    const time = await commitTime(git, commit);
    const name = `bundle-${order.version}-${order.arch}-${String(context.pid)}.log`;
    const logFile = join(repository.stateDirectory, "logs", name);
    await runLogged({
      commands: policy.commands,
      cwd: directory,
      env: buildEnvironment(context.env, {
        nodePath: context.nodePath,
        commitTime: time,
        environments: repository.policy.environments,
      }),
      logFile,
      code: "build-failed",
      signal: context.signal,
      tell: context.tell,
    });
    await rm(logFile, { force: true });
    const source: BundleSource = { directory, policy, arch: order.arch };
    return writeFrom({ order, source, time, outputFile });
  });
}

/** The product that a policy's bundles are of. @throws Failure `config-invalid` when it makes none */
export function bundlePolicyOf(policy: {
  readonly bundle?: BundlePolicy | undefined;
}): BundlePolicy {
  if (policy.bundle !== undefined) return policy.bundle;
  throw noBundlePolicy("this checkout");
}

async function writeFrom(parts: {
  readonly order: BundleOrder;
  readonly source: BundleSource;
  readonly time: Date;
  readonly outputFile: string;
}): Promise<MadeBundle> {
  const { order, source, time, outputFile } = parts;
  const { version, commit, arch, tag } = order;
  const { product } = source.policy;
  const packages = await bundledPackages(source);
  const own = await ownLicense(source.directory);
  const { license } = own;
  const sbom = formatSbom({ product, version, license, commitTime: time, packages });
  const entries: readonly BundleFile[] = [
    ...(await bundleFiles(source)),
    ...own.files.map((name) =>
      licenseEntry(`${product}@${version}`, name, join(source.directory, name)),
    ),
    ...packages.flatMap(licenseEntries),
    { path: "sbom.cdx.json", content: sbom },
  ];
  const provenance = await formatProvenance({
    ...order,
    product,
    tag,
    directory: source.directory,
    entries,
  });
  const written = await writeBundle({
    product,
    version,
    commit,
    arch: `linux-${arch}`,
    createdAt: time,
    entries: [...entries, { path: "provenance.json", content: provenance }],
    outputFile,
  });
  const silent = packages.filter((one) => one.licenseFiles.length === 0);
  return {
    ...bundleValue(written, "bundle-invalid"),
    withoutLicenseText: silent.map((one) => `${one.name}@${one.version}`),
  };
}

function licenseEntries(one: BundledPackage): readonly BundleFile[] {
  const folder = `${one.name}@${one.version}`;
  return one.licenseFiles.map(({ name, sourceFile }) => licenseEntry(folder, name, sourceFile));
}

function licenseEntry(folder: string, name: string, sourceFile: string): BundleFile {
  return { path: `licenses/${folder}/${name}`, sourceFile, executable: false };
}

/** The product's own licence: what its package.json says, and the texts beside it. */
async function ownLicense(
  directory: string,
): Promise<{ readonly license: string | null; readonly files: readonly string[] }> {
  const names = await readdir(directory, { withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && /^(licen[cs]e|notice|copying)(\.|$)/i.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  const text = await readFile(join(directory, "package.json"), "utf8").catch(() => "{}");
  const json: unknown = JSON.parse(text);
  const said = typeof json === "object" && json !== null && "license" in json ? json.license : null;
  return { license: typeof said === "string" ? said : null, files };
}

function noBundlePolicy(where: string): Failure {
  return new Failure({
    code: "config-invalid",
    message: `The policy of ${where} has no "bundle" part: it does not say what goes into one.`,
    next: "Add bundle to trunkline.config.ts; ops-docs/reference/trunkline.md shows how.",
  });
}
