export interface ReleaseNotesFacts {
  readonly product: string;
  readonly version: string;
  readonly line: string;
  /** The commit the line is cut from. */
  readonly commit: string;
  /** ISO dates. */
  readonly supportedUntil: string;
  readonly maintainedUntil: string;
  readonly changesets: readonly { readonly summary: string; readonly bump: string }[];
}

interface Sections {
  readonly changed: string;
  readonly mustDo: string;
  readonly removed: string;
}

const sectionTitle =
  /^\s*(?:#{1,6}\s*|\*\*)?(what you must do|you must do|you must|action required|what was removed|removed|what changed|changed)\s*(?::\s*\*\*|\*\*\s*:|:|\*\*)?\s*(.*)$/i;

/**
 * The operator's release notes: what changed, what to do, what was removed, in that order, with
 * headings that never change. A changeset's text is "what changed" until a heading or a line
 * that begins with "What you must do", "You must:", "What was removed" or "Removed:".
 */
export function releaseNotes(facts: ReleaseNotesFacts): string {
  const bumps = ["major", "minor", "patch", "none"];
  const ordered = facts.changesets.toSorted(
    (left, right) => bumps.indexOf(left.bump) - bumps.indexOf(right.bump),
  );
  const sections = ordered.map((changeset) => splitSections(changeset.summary));
  return [
    `# ${facts.product} ${facts.version}`,
    "",
    `Line ${facts.line}, cut from ${facts.commit}.`,
    `Supported until ${facts.supportedUntil.slice(0, 10)}; security fixes until ${facts.maintainedUntil.slice(0, 10)}.`,
    "",
    "## What changed",
    "",
    list(
      sections.map(({ changed }) => changed),
      "Nothing that a changeset describes.",
    ),
    "",
    "## What you must do",
    "",
    list(
      sections.map(({ mustDo }) => mustDo),
      "Nothing.",
    ),
    "",
    "## What was removed",
    "",
    list(
      sections.map(({ removed }) => removed),
      "Nothing.",
    ),
    "",
  ].join("\n");
}

function splitSections(summary: string): Sections {
  const parts: Record<keyof Sections, string[]> = { changed: [], mustDo: [], removed: [] };
  let current: keyof Sections = "changed";
  for (const line of summary.split(/\r?\n/)) {
    const title = sectionTitle.exec(line);
    const named = title === null ? null : sectionOf(title, line);
    if (named === null) {
      parts[current].push(line);
      continue;
    }
    current = named;
    parts[current].push(title?.[2] ?? "");
  }
  return {
    changed: parts.changed.join("\n").trim(),
    mustDo: parts.mustDo.join("\n").trim(),
    removed: parts.removed.join("\n").trim(),
  };
}

/** "Removed the old flag" is a sentence; "Removed: the old flag" and "## Removed" are titles. */
function sectionOf(title: RegExpExecArray, line: string): keyof Sections | null {
  const marked =
    /^\s*(?:#|\*\*)/.test(line) ||
    /^[^:]*:/.test(line.slice(0, line.length - (title[2]?.length ?? 0)));
  if (!marked && title[2] !== "") return null;
  const words = (title[1] ?? "").toLowerCase();
  if (words.includes("removed")) return "removed";
  return words.includes("changed") ? "changed" : "mustDo";
}

function list(texts: readonly string[], none: string): string {
  const items = texts.filter((text) => text !== "");
  if (items.length === 0) return none;
  return items.map((text) => `- ${text.replaceAll(/\n(?=[^\n])/g, "\n  ")}`).join("\n");
}
