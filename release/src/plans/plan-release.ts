import { isNextPatch, releaseTag } from "../versions/release-tag.ts";
import type { Plan, Refusal } from "./plan.ts";

export interface ReleaseLineFacts {
  readonly name: string;
  readonly branch: string;
  readonly head: string;
  readonly phase: string;
  /** The version the cut decided; null: the ledger has no cut. */
  readonly cutVersion: string | null;
  /** Tags of this line, oldest first. */
  readonly releases: readonly {
    readonly version: string;
    readonly tag: string;
    readonly commit: string;
    readonly recorded: boolean;
  }[];
  readonly missingRoles: readonly string[];
  /** The latest word of each role on the head. */
  readonly signOffs: readonly {
    readonly role: string;
    readonly outcome: string;
    readonly by: string;
    readonly evidence: string;
    readonly void: boolean;
  }[];
}

export interface ReleaseFacts {
  readonly line: ReleaseLineFacts;
  readonly tagPattern: string;
  /** What `trunkline check` finds on the line. */
  readonly findings: readonly string[];
  /** What semantic-release makes of the commits since the last tag; null: no release. */
  readonly next: { readonly version: string; readonly type: string } | null;
}

interface ReleaseAbout {
  readonly title: string;
  readonly line: string;
  readonly version: string;
  readonly tag: string;
  readonly commit: string;
}

export type ReleaseStep =
  | ({ readonly kind: "tag"; readonly branch: string } & ReleaseAbout)
  | ({ readonly kind: "record-release" } & ReleaseAbout);

/** A line, its sign-offs and what semantic-release says → the tag to make, or why not. */
export function planRelease(facts: ReleaseFacts): Plan<ReleaseStep> {
  const { line } = facts;
  const unrecorded = line.releases
    .filter((release) => !release.recorded)
    .map((release) => recordStep(line, release));
  const refusals = refusalsOf(facts);
  if (refusals.length > 0) {
    return { verb: "release", title: `release line ${line.name}`, steps: [], refusals, notes: [] };
  }
  const version = line.releases.length === 0 ? line.cutVersion : (facts.next?.version ?? null);
  if (version === null) {
    const title =
      unrecorded.length > 0
        ? `finish the release of line ${line.name}`
        : `release line ${line.name}: no commit since ${line.releases.at(-1)?.tag ?? "the cut"} asks for a release`;
    return { verb: "release", title, steps: unrecorded, refusals: [], notes: [] };
  }
  const tag = releaseTag(facts.tagPattern, version);
  const about = { line: line.name, version, tag, commit: line.head };
  return {
    verb: "release",
    title: `release ${tag} from line ${line.name} at ${line.head.slice(0, 10)}`,
    steps: [
      ...unrecorded,
      {
        kind: "tag",
        title: `tag ${line.head.slice(0, 10)} as ${tag} and push the tag`,
        branch: line.branch,
        ...about,
      },
      recordStep(line, about),
    ],
    refusals: [],
    notes: [],
  };
}

function recordStep(
  line: ReleaseLineFacts,
  release: { readonly version: string; readonly tag: string; readonly commit: string },
): ReleaseStep {
  const { version, tag, commit } = release;
  const title = `write the release ${tag} to the ledger`;
  return { kind: "record-release", title, line: line.name, version, tag, commit };
}

function refusalsOf(facts: ReleaseFacts): readonly Refusal[] {
  const { line, findings } = facts;
  if (line.phase === "ended") {
    return [
      {
        code: "line-ended",
        message: `Line ${line.name} has ended: its maintenance window is over.`,
        next: "Release a line that is supported; `trunkline status` lists them.",
      },
    ];
  }
  if (findings.length > 0) {
    return findings.map((message) => ({
      code: "check-failed",
      message,
      next: `\`trunkline check --line ${line.name}\` says what to do about it.`,
    }));
  }
  if (line.cutVersion === null) {
    return [
      {
        code: "no-cut",
        message: `The ledger holds no cut for line ${line.name}.`,
        next: "Finish it: `trunkline cut --apply`.",
      },
    ];
  }
  if (line.releases.length === 0) return line.missingRoles.map((role) => missingRole(line, role));
  return refuseMoreThanPatch(facts);
}

function missingRole(line: ReleaseLineFacts, role: string): Refusal {
  const said = line.signOffs.find((signOff) => signOff.role === role);
  const command = `trunkline qa sign --line ${line.name} --role ${role} --evidence TEXT-OR-URL --apply`;
  const head = line.head.slice(0, 10);
  if (said === undefined) {
    return {
      code: "qa-incomplete",
      message: `${role} has not signed off line ${line.name} at ${head}.`,
      next: command,
    };
  }
  if (said.void) {
    return {
      code: "qa-incomplete",
      message: `The sign-off of ${role} is void: ${line.branch} has moved to ${head} since.`,
      next: command,
    };
  }
  return {
    code: "qa-incomplete",
    message: `${role} rejected line ${line.name} at ${head}: ${said.evidence} (${said.by}).`,
    next: `Mend it on trunk, backport it, and sign again: ${command}`,
  };
}

function refuseMoreThanPatch(facts: ReleaseFacts): readonly Refusal[] {
  const { next, line } = facts;
  const last = line.releases.at(-1);
  if (next === null || last === undefined || isNextPatch(last.version, next.version)) return [];
  return [
    {
      code: "not-a-patch",
      message: `semantic-release computes ${next.version} (${next.type}) after ${last.version}: a line takes patches only.`,
      next: `Take the feature or breaking change off ${line.branch}; it ships with the next line.`,
    },
  ];
}
