import type {
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOutcome,
} from "../cli/command.ts";
import { exitCodes } from "../failure.ts";
import { readAdaptedBackports } from "../facts/adapted-backports.ts";
import type { AdaptedBackport } from "../facts/adapted-backports.ts";
import { findLine } from "../facts/find-line.ts";
import { readLineFacts } from "../facts/line-facts.ts";
import { lineFindings } from "../facts/line-findings.ts";
import type { LineFinding } from "../facts/line-findings.ts";
import type { Line } from "../facts/lines.ts";
import { openRepository } from "../tools/repository.ts";

export const checkCommand: CommandDefinition = {
  args: [],
  options: [{ flags: "--line <line>", description: "check this line only" }],
  changes: false,
  details: `Refuses commits on lines that break trunk-first.

Every commit on a line after its cut is bookkeeping made by Trunkline, a backport that names its trunk commit, or a declared line-only commit ("Line-Only: reason"). Anything else is a finding: exit 4, with who, what and how to mend it. Backports that differ from their origin are shown with the difference; they are no finding.`,
  examples: ["trunkline check", "trunkline check --line 1.0 --json"],
  json: [
    "lines: [{ line, branch, head, phase, commits: { bookkeeping, backport, lineOnly, refused } }]",
    "findings: [{ line, rule, commit | null, author | null, subject | null, files: [path], message, next: [text] }]",
    "adapted: [{ line, commit, origin, subject, difference }]",
  ],
  run: check,
};

async function check(input: CommandInput, context: CommandContext): Promise<CommandOutcome> {
  const repository = await openRepository(input, context);
  const facts = await readLineFacts(repository, context.now());
  const named = input.options["line"];
  const lines = typeof named === "string" ? [findLine(facts.lines, named)] : facts.lines;
  const findings = lines.flatMap((line) => lineFindings(line, repository.policy));
  const adapted: AdaptedBackport[] = [];
  for (const line of lines) adapted.push(...(await readAdaptedBackports(repository.git, line)));
  return {
    exitCode: findings.length === 0 ? exitCodes.done : exitCodes.found,
    data: { lines: lines.map(summary), findings, adapted },
    text: checkText(lines, findings, adapted),
  };
}

function summary(line: Line): Readonly<Record<string, unknown>> {
  const { name, branch, head, phase } = line;
  return { line: name, branch, head, phase, commits: counts(line) };
}

function counts(line: Line): Readonly<Record<string, number>> {
  const count = (kind: string): number => line.commits.filter(({ is }) => is.kind === kind).length;
  return {
    bookkeeping: count("bookkeeping"),
    backport: count("backport"),
    lineOnly: count("line-only"),
    refused: count("refused"),
  };
}

function checkText(
  lines: readonly Line[],
  findings: readonly LineFinding[],
  adapted: readonly AdaptedBackport[],
): string {
  if (lines.length === 0) return "There is no line yet: nothing to check.";
  return lines.flatMap((line) => lineText(line, findings, adapted)).join("\n");
}

function lineText(
  line: Line,
  findings: readonly LineFinding[],
  adapted: readonly AdaptedBackport[],
): readonly string[] {
  const own = findings.filter((finding) => finding.line === line.name);
  const { bookkeeping, backport, lineOnly, refused } = counts(line);
  const kinds = `${String(bookkeeping)} bookkeeping, ${String(backport)} backported, ${String(lineOnly)} line-only, ${String(refused)} refused`;
  return [
    `${line.branch} (${line.phase}): ${kinds}${own.length === 0 ? "" : `; ${String(own.length)} found`}`,
    ...own.flatMap(findingText),
    ...adapted.filter((backported) => backported.line === line.name).flatMap(adaptedText),
  ];
}

function findingText(finding: LineFinding): readonly string[] {
  const who =
    finding.author === null
      ? []
      : [
          `    ${finding.subject ?? ""}`,
          `    by ${finding.author}, touches ${filesText(finding.files)}`,
        ];
  return [
    `  found: ${finding.message}`,
    ...who,
    ...finding.next.map((step) => `    next: ${step}`),
  ];
}

function filesText(files: readonly string[]): string {
  const shown = files.slice(0, 8).join(", ");
  if (files.length === 0) return "no file by itself";
  return files.length > 8 ? `${shown} and ${String(files.length - 8)} more` : shown;
}

function adaptedText(backported: AdaptedBackport): readonly string[] {
  const { commit, origin, subject, difference } = backported;
  return [
    `  adapted: ${commit.slice(0, 10)} from ${origin.slice(0, 10)} ${subject}`,
    ...difference.split("\n").map((text) => `    ${text}`),
  ];
}
