/** Everything that is no fix for a site, and so makes no release. */
const quietTypes = ["docs", "chore", "test", "ci", "style", "build"];

const releaseRules = [
  { breaking: true, release: "major" },
  { type: "feat", release: "minor" },
  ...quietTypes.map((type) => ({ type, release: false })),
  { type: `!(feat|${quietTypes.join("|")})`, release: "patch" },
  { type: null, release: "patch" },
];

const parserOpts = {
  // A subject without a type parses too, as type null.
  headerPattern: /^(?:(\w+)(?:\((.*)\))?!?: )?(.*)$/,
  breakingHeaderPattern: /^(\w+)(?:\((.*)\))?!: (.*)$/,
  noteKeywords: ["BREAKING CHANGE", "BREAKING-CHANGE"],
};

const sections: Readonly<Record<string, string>> = {
  fix: "Fixes",
  perf: "Performance",
  revert: "Reverts",
  security: "Security",
};

interface ParsedCommit {
  readonly type?: string | null;
  readonly scope?: string | null;
  readonly subject?: string | null;
  readonly header?: string | null;
  readonly hash?: string;
}

/** Without links: the tool knows no web address of the repository, and a site has no network. */
const writerOpts = {
  headerPartial: "## {{version}} ({{date}})\n",
  commitPartial: "- {{#if scope}}{{scope}}: {{/if}}{{subject}} ({{shortHash}})\n",
  footerPartial: "",
  transform: (commit: ParsedCommit) => {
    const type = commit.type ?? "";
    if (quietTypes.includes(type)) return undefined;
    return {
      type: sections[type] ?? "Other changes",
      scope: commit.scope ?? "",
      subject: commit.subject ?? commit.header ?? "",
      shortHash: commit.hash?.slice(0, 10) ?? "",
    };
  },
};

/** On a line every commit that is not quiet is a patch; more than a patch is refused afterwards. */
export const semanticReleasePlugins = [
  ["@semantic-release/commit-analyzer", { releaseRules, parserOpts }],
  ["@semantic-release/release-notes-generator", { parserOpts, writerOpts }],
] as const;
