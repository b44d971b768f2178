import { resolve } from "node:path";
import type { CommandResult } from "../cli/command-outcome.ts";
import type { RunVerb } from "../cli/command.ts";
import { done } from "../failure/site-failure.ts";
import { releaseDirectory, requireCurrentVersion } from "../releases/current-release.ts";
import { openBundle } from "../releases/open-bundle.ts";
import type { BundleFiles } from "../releases/open-bundle.ts";
import { readReleaseInfo } from "../releases/release-info.ts";
import { filesChanged, verifyRelease } from "../releases/verify-release.ts";
import type { SitePaths } from "../site/site-paths.ts";

/** `verify`: the installed release's files, or a bundle's signature and contents. */
export const runVerify: RunVerb = async ({ paths }, options) => {
  const bundle = options["bundle"];
  if (typeof bundle !== "string") return verifyInstalled(paths);
  const file = resolve(bundle);
  const signature = options["signature"];
  const signers = options["allowedSigners"];
  return verifyBundle({
    file,
    signatureFile: resolve(typeof signature === "string" ? signature : `${file}.sig`),
    allowedSignersFile: resolve(typeof signers === "string" ? signers : paths.allowedSignersFile),
  });
};

async function verifyBundle(files: BundleFiles): Promise<CommandResult> {
  const opened = await openBundle(files);
  if (!opened.ok) return opened;
  const { manifest, manifestDigest, sha256, signer } = opened.value;
  const { version, commit, arch } = manifest;
  const text = `${files.file}\n  Shortline ${version} for ${arch}, signed by ${signer.principal} (${signer.keyFingerprint})\n  ${manifest.files.length} files as published, digest sha256:${manifestDigest}`;
  const { principal, keyFingerprint } = signer;
  const data = {
    version,
    commit,
    arch,
    digest: manifestDigest,
    sha256,
    signer: principal,
    keyFingerprint,
  };
  return done({ data: { ...data, files: manifest.files.length }, text });
}

async function verifyInstalled(paths: SitePaths): Promise<CommandResult> {
  const current = requireCurrentVersion(paths);
  if (!current.ok) return current;
  const directory = releaseDirectory(paths, current.value);
  const differences = await verifyRelease(directory);
  if (!differences.ok) return differences;
  if (differences.value.length > 0) return filesChanged(directory, differences.value);
  const { version, commit, digest } = readReleaseInfo(directory);
  return done({
    data: { version, commit, digest, directory },
    text: `Every file of the installed release ${version} is as published (digest sha256:${digest}).`,
  });
}
