import type { Rule } from "./rule.ts";
import { isTest, type Fault, type SourceFile } from "./source-file.ts";

/** Words are written in halves here, so that the rules do not catch themselves. */
const laterMarks = [
  ["TO", "DO"],
  ["FIX", "ME"],
  ["XX", "X"],
  ["HA", "CK"],
].map((half) => half.join(""));
const laterMark = new RegExp(`\\b(?:${laterMarks.join("|")})\\b`, "u");

/** How and where a text came to be is no part of it. */
const origins = [
  ["/work/", "(?:main|shared)"],
  ["/tmp/", "spec"],
  ["clau", "de"],
  ["anthro", "pic"],
  ["open", "ai"],
  ["chat", "gpt"],
  ["co-authored", "-by"],
  ["language", " model"],
  ["ai[- ]", "(?:generated|written|assistant|agent)"],
  ["(?:this|my|previous|earlier|next|parallel)", " sessions?\\b"],
  ["(?:build|this)", " (?:machine|sandbox)'s (?:facts|brief)"],
].map((half) => half.join(""));
const origin = new RegExp(origins.join("|"), "iu");

const generated = /^pnpm-lock\.yaml$/u;

export const textRules: readonly Rule[] = [
  {
    name: "nothing-left-for-later",
    appliesTo: (path) => !generated.test(path),
    findFaults: (file) => findLines(file, laterMark, "left for later: do it, or open an issue"),
    planted: [
      { path: "release/src/a.ts", text: `// ${laterMarks[0]}: finish\n` },
      { path: "docs/a.md", text: `${laterMarks[1]} later\n` },
    ],
    allowed: [{ path: "docs/b.md", text: "A todo list.\n" }],
  },
  {
    name: "no-workplace-words",
    appliesTo: (path) => !generated.test(path),
    findFaults: (file) => findLines(file, origin, "says how or where it was made: say what it is"),
    planted: [
      { path: "docs/a.md", text: `See /work/${"main"}/README.md.\n` },
      { path: "docs/b.md", text: `Made in the previous ${"session"}.\n` },
    ],
    allowed: [
      {
        path: "docs/c.md",
        text: "The User-Agent header. A psql session. setsid starts a session.\n",
      },
    ],
  },
  {
    name: "example-hosts-only",
    appliesTo: (path) => isTest(path) || path.startsWith("test/"),
    findFaults: (file) =>
      findLines(file, outsideHost(), "names a host that may exist: use example.com or localhost"),
    planted: [{ path: "release/src/a.test.ts", text: `get("https://${"short"}.io/a");\n` }],
    allowed: [
      {
        path: "release/src/b.test.ts",
        text: 'get("https://go.example.com/a", "http://127.0.0.1:1/");\n',
      },
    ],
  },
  {
    name: "clean-text",
    appliesTo: () => true,
    findFaults: ({ text }) => {
      const faults: Fault[] = [];
      if (text.includes("\r\n")) faults.push({ line: 1, message: "CRLF line ends: use LF" });
      if (text !== "" && !text.endsWith("\n"))
        faults.push({ line: 1, message: "no newline at the end" });
      return faults;
    },
    planted: [
      { path: "docs/a.md", text: "a\r\n" },
      { path: "docs/b.md", text: "a" },
    ],
    allowed: [{ path: "docs/c.md", text: "a\n" }],
  },
];

function findLines(file: SourceFile, pattern: RegExp, message: string): readonly Fault[] {
  return file.lines.flatMap((line, index) =>
    pattern.test(line) ? [{ line: index + 1, message }] : [],
  );
}

/** A URL whose host is neither reserved for examples, nor this machine, nor the name of a format. */
function outsideHost(): RegExp {
  const formats = String.raw`in-toto\.io|slsa\.dev|cyclonedx\.org`;
  const reserved = String.raw`(?:[\w.*-]+\.)?(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?\b|127\.|\d+\.\d+|\[|\$|0|${formats}`;
  return new RegExp(String.raw`https?://(?!${reserved})[a-z0-9-]+\.[a-z]{2,}`, "iu");
}
