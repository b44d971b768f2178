import { getReleasePlan } from "@changesets/get-release-plan";
import { exitCodes, Failure } from "../failure.ts";
import type { Bump } from "../versions/next-line-version.ts";

export interface ReleasePlanFacts {
  readonly changesets: readonly {
    readonly id: string;
    readonly summary: string;
    readonly releases: readonly { readonly name: string; readonly type: Bump }[];
  }[];
  readonly releases: readonly { readonly name: string; readonly type: Bump }[];
}

/**
 * What changesets make of a folder. Private packages count: a product need not be on a registry.
 * @throws Failure `config-invalid` naming what changesets could not read
 */
export async function planRelease(directory: string, commit: string): Promise<ReleasePlanFacts> {
  // The library fills in every field that is left out, though its type asks for all of them.
  const override = { privatePackages: { version: true, tag: false } } as Parameters<
    typeof getReleasePlan
  >[2];
  try {
    return await getReleasePlan(directory, undefined, override);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({
      code: "config-invalid",
      message: `The changesets of ${commit.slice(0, 10)} cannot be read: ${reason.replaceAll(`${directory}/`, "")}`,
      next: "Mend the changeset on trunk (`changeset status` shows the same), then run this again.",
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}
