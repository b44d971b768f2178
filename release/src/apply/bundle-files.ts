import { stat } from "node:fs/promises";
import { join, matchesGlob } from "node:path";
import type { BundleFile } from "@trunkline/bundle";
import { Failure } from "../failure.ts";
import type { BundlePolicy } from "../policy/config.ts";
import { listFiles, resolveInside } from "../tools/list-files.ts";

export interface BundleSource {
  /** The fresh clone, after the policy's commands. */
  readonly directory: string;
  readonly policy: BundlePolicy;
  /** `x64` or `arm64`; replaces `{arch}`. */
  readonly arch: string;
}

/**
 * The files that the policy lays out in a bundle. Links are followed inside the clone.
 * @throws Failure `bundle-invalid` for a path that is not there
 */
export async function bundleFiles(source: BundleSource): Promise<readonly BundleFile[]> {
  const parts: BundleFile[] = [];
  for (const rule of source.policy.files) parts.push(...(await filesOfRule(source, rule)));
  return parts;
}

/**
 * A path of the policy in the clone, `{arch}` replaced.
 * @throws Failure `bundle-invalid` when nothing is there
 */
export async function bundleSourcePath(source: BundleSource, path: string): Promise<string> {
  const named = path.replaceAll("{arch}", source.arch);
  const found = await resolveInside(join(source.directory, named), source.directory);
  if (found !== null) return found;
  throw new Failure({
    code: "bundle-invalid",
    message: `After the bundle's commands there is no ${named}.`,
    next: "Mend bundle.commands or the paths in trunkline.config.ts at that tag.",
  });
}

async function filesOfRule(
  source: BundleSource,
  rule: BundlePolicy["files"][number],
): Promise<readonly BundleFile[]> {
  const from = await bundleSourcePath(source, rule.from);
  const mode = rule.mode === undefined ? {} : { executable: rule.mode === "0755" };
  if ((await stat(from)).isFile()) return [{ path: rule.to, sourceFile: from, ...mode }];
  const listed = await listFiles(from, source.directory);
  return listed
    .filter(({ path }) => !rule.except.some((glob) => matchesGlob(path, glob)))
    .map(({ path, sourceFile }) => ({ path: `${rule.to}/${path}`, sourceFile, ...mode }));
}
