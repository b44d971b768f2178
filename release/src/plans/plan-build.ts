import type { Plan } from "./plan.ts";

export type BuildStep = { readonly kind: "build"; readonly title: string };

export interface BuildFacts {
  readonly commit: string;
  readonly subject: string;
  /** The digest when an intact build is there. */
  readonly madeDigest: string | null;
}

/** A build is made once: where an intact one is, there is nothing to do. */
export function planBuild(facts: BuildFacts): Plan<BuildStep> {
  const short = facts.commit.slice(0, 10);
  const made = facts.madeDigest !== null;
  return {
    verb: "build",
    title: `build ${short} (${facts.subject.slice(0, 72)})`,
    steps: made
      ? []
      : [{ kind: "build", title: `make the build of ${short} in a slot of its own` }],
    refusals: [],
    notes: made ? [`made before, intact: ${facts.madeDigest ?? ""}`] : [],
  };
}
