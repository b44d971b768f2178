import { createHash } from "node:crypto";
import type { BundledPackage } from "./bundle-packages.ts";

export interface SbomOptions {
  readonly product: string;
  readonly version: string;
  /** The product's own licence, as its package.json says it. */
  readonly license: string | null;
  readonly commitTime: Date;
  readonly packages: readonly BundledPackage[];
}

/**
 * The text of a CycloneDX 1.6 SBOM. The same packages give the same bytes: its serial number is
 * made from its content, its timestamp is the commit's.
 */
export function formatSbom(options: SbomOptions): string {
  const { product, version } = options;
  const main = `${product}@${version}`;
  const content = {
    metadata: {
      timestamp: options.commitTime.toISOString().replace(".000Z", "Z"),
      tools: { components: [{ type: "application", name: "trunkline" }] },
      component: {
        type: "application",
        "bom-ref": main,
        name: product,
        version,
        ...licenses(options.license),
      },
    },
    components: options.packages.map(component),
    dependencies: [{ ref: main, dependsOn: options.packages.map(packageUrl) }],
  };
  const sbom = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

/** `pkg:npm/%40scope/name@1.2.3` */
function packageUrl(one: BundledPackage): string {
  const name = one.registryName.split("/").map(encodeURIComponent).join("/");
  return `pkg:npm/${name}@${encodeURIComponent(one.version)}`;
}

function component(one: BundledPackage): object {
  const [scope, rest] = one.name.startsWith("@") ? one.name.split("/") : [undefined, one.name];
  const purl = packageUrl(one);
  return {
    type: one.kind,
    "bom-ref": purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: rest ?? one.name,
    version: one.version,
    ...licenses(one.license),
    purl,
  };
}

/** SPDX expressions are made of these; anything else is a name. */
const spdxExpression = /^\(*[A-Za-z0-9.+-]+(?:\)*\s+(?:AND|OR|WITH)\s+\(*[A-Za-z0-9.+-]+)*\)*$/;

function licenses(license: string | null): object {
  if (license === null) return {};
  if (!spdxExpression.test(license) || license === "UNLICENSED") {
    return { licenses: [{ license: { name: license } }] };
  }
  return { licenses: [{ expression: license }] };
}

/** A UUID of version 8 (RFC 9562): its bits are those of a digest. */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
