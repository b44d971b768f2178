import { expect, test } from "vitest";
import { releaseNotes } from "./release-notes.ts";

const facts = {
  product: "sample",
  version: "1.1.0",
  line: "1.1",
  commit: "1234567890",
  supportedUntil: "2027-01-02T03:04:05.000Z",
  maintainedUntil: "2028-01-02T03:04:05.000Z",
};

function notesOf(...summaries: readonly string[]): string {
  return releaseNotes({
    ...facts,
    changesets: summaries.map((summary) => ({ summary, bump: "minor" })),
  });
}

test("has the same headings always, and says so when there is nothing under one", () => {
  expect(notesOf().match(/^#+ .*$/gm)).toEqual([
    "# sample 1.1.0",
    "## What changed",
    "## What you must do",
    "## What was removed",
  ]);
  expect(notesOf()).toContain("Supported until 2027-01-02; security fixes until 2028-01-02.");
  expect(notesOf().match(/^Nothing\.$/gm)).toHaveLength(2);
});

test.each([
  "Links expire.\n\n## What you must do\n\nSet it.\n\n## What was removed\n\nThe flag.",
  "Links expire.\n\nYou must: Set it.\nRemoved: The flag.",
  "Links expire.\r\n\r\n**You must do:** Set it.\r\n\r\n**Removed**: The flag.",
  "### Removed\nThe flag.\n### What changed\nLinks expire.\n### Action required\nSet it.",
])("sorts a changeset's text under them: %j", (summary) => {
  const notes = notesOf(summary);
  expect(notes).toContain("## What changed\n\n- Links expire.\n\n");
  expect(notes).toContain("## What you must do\n\n- Set it.\n\n");
  expect(notes).toContain("## What was removed\n\n- The flag.\n");
});

test("takes a sentence that only begins like a heading for a sentence", () => {
  const notes = notesOf("Removed the delay before a link works.\nYou must see it.");
  expect(notes).toContain("- Removed the delay before a link works.\n  You must see it.");
});

test("puts what is bigger first", () => {
  const changesets = [
    { summary: "small", bump: "patch" },
    { summary: "big", bump: "major" },
  ];
  expect(releaseNotes({ ...facts, changesets })).toContain("- big\n- small");
});
