import { join } from "node:path";
import type { ReleaseFacts, ReleaseLineFacts } from "../plans/plan-release.ts";
import type { Repository } from "../tools/repository.ts";
import { readTreeFiles } from "../tools/read-tree-files.ts";
import { runSemanticRelease } from "../tools/run-semantic-release.ts";
import { findLine } from "./find-line.ts";
import { readLineFacts } from "./line-facts.ts";
import { lineFindings } from "./line-findings.ts";
import type { Line } from "./lines.ts";

export interface ReleaseReading {
  readonly facts: ReleaseFacts;
  /** Markdown: the operator's notes for the first release, semantic-release's afterwards. */
  readonly notes: string;
}

/**
 * What a release of a line depends on; semantic-release runs here, on a private copy.
 * @throws Failure `line-unknown`, `release-failed`
 */
export async function readReleaseFacts(
  repository: Repository,
  request: { readonly line: string; readonly now: Date; readonly pid: number },
): Promise<ReleaseReading> {
  const { policy } = repository;
  const line = findLine((await readLineFacts(repository, request.now)).lines, request.line);
  const findings = lineFindings(line, policy).map((finding) => finding.message);
  const known = { line: releaseLine(line), tagPattern: policy.lines.tag, findings };
  if (line.releases.length === 0) {
    return { facts: { ...known, next: null }, notes: await operatorNotes(repository, line) };
  }
  // A line that is refused anyway, or has not moved since its last tag, needs no computing.
  const settled =
    findings.length > 0 || line.phase === "ended" || line.releases.at(-1)?.commit === line.head;
  const next = settled ? null : await computeNext(repository, line, request.pid);
  return { facts: { ...known, next }, notes: next?.notes ?? "" };
}

async function computeNext(
  repository: Repository,
  line: Line,
  pid: number,
): Promise<Awaited<ReturnType<typeof runSemanticRelease>>> {
  const { git, policy, privateDirectory } = repository;
  const logFile = join(privateDirectory, "logs", `semantic-release-${line.name}.log`);
  const { branch, head, releases } = line;
  const tagPattern = policy.lines.tag;
  return runSemanticRelease({
    git,
    branch,
    head,
    releases,
    tagPattern,
    privateDirectory,
    logFile,
    pid,
  });
}

async function operatorNotes(repository: Repository, line: Line): Promise<string> {
  const picks = (path: string): boolean => path === "RELEASE-NOTES.md";
  const [file] = await readTreeFiles(repository.git, line.head, picks);
  return file?.content.toString() ?? "";
}

function releaseLine(line: Line): ReleaseLineFacts {
  const { name, branch, head, phase, missingRoles, signOffs } = line;
  const releases = line.releases.map(({ version, tag, commit, entry }) => ({
    version,
    tag,
    commit,
    recorded: entry !== null,
  }));
  return {
    name,
    branch,
    head,
    phase,
    missingRoles,
    signOffs,
    releases,
    cutVersion: line.cut?.version ?? null,
  };
}
