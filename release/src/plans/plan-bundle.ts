import type { Plan } from "./plan.ts";

export interface BundleStep {
  readonly kind: "make" | "record";
  readonly title: string;
}

export interface BundlePlanFacts {
  readonly tag: string;
  readonly commit: string;
  readonly name: string;
  readonly output: string;
  readonly isSigned: boolean;
  readonly namespace: string;
}

/** A bundle is always made anew: the same bytes come out. */
export function planBundleOf(facts: BundlePlanFacts): Plan<BundleStep> {
  const { tag, name, output, isSigned } = facts;
  const sign = `ssh-keygen -Y sign -f KEY -n ${facts.namespace} "${output}/${name}"`;
  return {
    verb: "bundle",
    title: `make the bundle of ${tag} (${facts.commit.slice(0, 10)})`,
    steps: [
      {
        kind: "make",
        title: `make ${name}${isSigned ? ", sign it" : ""} and put it into ${output}`,
      },
      { kind: "record", title: "write it to the ledger" },
    ],
    refusals: [],
    notes: isSigned ? [] : [`it is not signed; sign it with: ${sign}`],
  };
}
