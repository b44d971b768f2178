import type { Git } from "../tools/git.ts";
import type { Line } from "./lines.ts";

export interface AdaptedBackport {
  readonly line: string;
  readonly commit: string;
  readonly origin: string;
  readonly subject: string;
  /** How its patch differs from its origin's, as `git range-diff` shows it; long ones are cut. */
  readonly difference: string;
}

const maxDifferenceLines = 200;

/** The backports of a line whose patch is not their origin's, each with the difference. */
export async function readAdaptedBackports(
  git: Git,
  line: Line,
): Promise<readonly AdaptedBackport[]> {
  const adapted: AdaptedBackport[] = [];
  for (const { commit, subject, is } of line.commits) {
    if (is.kind !== "backport" || !is.adapted) continue;
    const difference = await differenceOf(git, is.origin, commit);
    adapted.push({ line: line.name, commit, origin: is.origin, subject, difference });
  }
  return adapted;
}

async function differenceOf(git: Git, origin: string, commit: string): Promise<string> {
  const pair = ["--no-color", "--creation-factor=999", `${origin}^!`, `${commit}^!`];
  const shown = await git.attempt(["range-diff", ...pair]);
  if (shown.code !== 0)
    return `git range-diff ${origin}^! ${commit}^! says: ${shown.stderr.trim()}`;
  const lines = shown.stdout.toString().trimEnd().split("\n");
  if (lines.length <= maxDifferenceLines) return lines.join("\n");
  const more = lines.length - maxDifferenceLines;
  return [...lines.slice(0, maxDifferenceLines), `… ${String(more)} more lines`].join("\n");
}
