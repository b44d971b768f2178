import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileSha256 } from "@trunkline/bundle";
import type { BundleFile } from "@trunkline/bundle";
import { bundleValue } from "../tools/bundle-value.ts";

export interface ProvenanceOptions {
  readonly product: string;
  readonly tag: string;
  readonly arch: string;
  readonly commit: string;
  /** The clone, for its lock file. */
  readonly directory: string;
  /** Every file of the bundle but its own descriptions (provenance, manifest, checksums). */
  readonly entries: readonly BundleFile[];
}

/** Files in which package managers pin what was installed. */
const lockFiles = [
  "pnpm-lock.yaml",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "bun.lock",
];

/**
 * The text of an in-toto statement with SLSA provenance. Its subjects are the bundle's files one by
 * one: the manifest's digest cannot be its subject, for the manifest lists this file too.
 */
export async function formatProvenance(options: ProvenanceOptions): Promise<string> {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: await subjects(options.entries),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:trunkline:bundle:1",
        externalParameters: { product: options.product, tag: options.tag, arch: options.arch },
        internalParameters: {},
        resolvedDependencies: [
          { name: "source", digest: { gitCommit: options.commit } },
          ...(await lockDigests(options.directory)),
        ],
      },
      runDetails: { builder: { id: "urn:trunkline:builder:1" } },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}

interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

async function subjects(entries: readonly BundleFile[]): Promise<readonly Subject[]> {
  const all: Subject[] = [];
  for (const entry of entries)
    all.push({ name: entry.path, digest: { sha256: await sha256Of(entry) } });
  return all.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

async function sha256Of(entry: BundleFile): Promise<string> {
  if ("content" in entry) return createHash("sha256").update(entry.content).digest("hex");
  return bundleValue(await fileSha256(entry.sourceFile), "bundle-invalid");
}

async function lockDigests(directory: string): Promise<readonly Subject[]> {
  const found: Subject[] = [];
  for (const name of lockFiles) {
    const content = await readFile(join(directory, name)).catch(() => null);
    if (content === null) continue;
    found.push({ name, digest: { sha256: createHash("sha256").update(content).digest("hex") } });
  }
  return found;
}
