import { configTable } from "./config-table.ts";
import { ledgerTable } from "./ledger-table.ts";
import { verbsText } from "./verbs-text.ts";

/** The page `ops-docs/reference/trunkline.md`, made from the code that it documents. */
export async function referenceText(): Promise<string> {
  return [
    head,
    await verbsText(),
    config,
    configTable(),
    lines,
    ledger,
    ledgerTable(),
    reading,
  ].join("\n\n");
}

const head = `# Trunkline reference

This page is generated: \`node release/src/reference/main.ts\` writes it, and a test fails when it is stale.

## Every verb

- A verb that changes something prints its plan and changes nothing until \`--apply\`. Each step is journaled
  in \`.git/trunkline/journal/\`. A run that is killed at any point is continued by the same command.
- stdout is data, stderr speaks to people. \`--json\` prints one object with \`schemaVersion: 1\`; within a
  schema version fields are only added. A failure prints \`{ schemaVersion, error: { code, message, next } }\`.
- A plan is \`{ verb, title, steps: [{ kind, title, … }], refusals: [{ code, message, next }], notes: [text] }\`.
- Every verb takes \`--repo DIR\` (the repository; default: the current directory's), \`--json\` and \`--help\`,
  which ends with examples.
- An unknown verb or option ends with exit 2 and names the nearest one.
- Branches, tags and the ledger are read from the remote each time; without a remote, from the repository.

| exit code | meaning |
| --- | --- |
| 0 | done, or nothing to do |
| 1 | failed |
| 2 | usage: an unknown verb, option, line, commit, role, or a configuration that cannot be read |
| 3 | refused by policy; the reason and what to do next are printed |
| 4 | drift or check found something |
| 5 | needs a person |

## Verbs

What \`--json\` names comes besides \`schemaVersion: 1\`.`;

const config = `## Configuration

\`trunkline.config.ts\` at the top of the repository exports the policy as its default. Node.js loads it and
strips its types. Durations are written \`30s\`, \`15m\`, \`24h\`, \`14d\`, \`2w\`, \`12mo\`, \`2y\`.

\`\`\`ts
import type { TrunklineConfig } from "trunkline";

const config: TrunklineConfig = {
  product: "shortline",
  changesets: { package: "@shortline/self-hosted" },
  build: { commands: [["npm", "run", "build"]], output: "dist" },
};

export default config;
\`\`\``;

const lines = `## Lines

A line is the branch that \`lines.branch\` names. Its first commit is the cut's bookkeeping: consumed
changesets, the version, \`RELEASE-NOTES.md\`. It has the trailer \`Trunkline-Bookkeeping: cut\`, touches only
files that \`bookkeeping\` names, and changes nothing but the version in a \`package.json\`. Every later
commit is one of:

| commit | how it says so |
| --- | --- |
| backport | \`(cherry picked from commit SHA)\`, and SHA is reachable from trunk |
| line-only | a trailer \`Line-Only: reason\` |

\`trunkline check\` refuses everything else, and merges, features and breaking changes on a line.

A changeset's text is "What changed" in the release notes. A heading, or a line that begins with
\`You must:\` or \`Removed:\`, starts "What you must do" or "What was removed".

| version | who decides it |
| --- | --- |
| MAJOR.MINOR of a line | the changesets that a cut consumes: those about the product's package, its fixed group, and the workspace packages they depend on |
| PATCH | semantic-release, from the line's own commits and tags: every commit but \`docs\`, \`chore\`, \`test\`, \`ci\`, \`style\` and \`build\` |

semantic-release runs on a private bare origin with this line's branch and tags only; Trunkline checks the
result and publishes the tag. Its log is \`.git/trunkline/logs/semantic-release-LINE.log\`.`;

const ledger = `## Ledger

The ledger is a chain of commits at \`refs/trunkline/ledger\`, one JSON entry each. It is written with
compare-and-swap and never rewritten. Every entry has \`schemaVersion\`, \`id\`, \`at\` (ISO 8601, UTC), \`by\`,
\`commit\`, \`kind\`, \`outcome\`, and sometimes \`reason\`.`;

const reading = `Plain git reads it: \`git fetch origin '+refs/trunkline/*:refs/trunkline/*'\`, then
\`git log refs/trunkline/ledger\`.
`;
