import type { RunVerb } from "../cli/command.ts";
import { readReleaseInfo } from "../releases/release-info.ts";

/** `version`: which release this program is. */
export const runVersion: RunVerb = async ({ ambient }) => {
  const release = readReleaseInfo(ambient.releaseDirectory);
  const text = `shortline ${release.version}\ncommit ${release.commit}\ndigest sha256:${release.digest}`;
  return { ok: true, value: { data: release, text } };
};
