import ts from "typescript";
import type { Rule } from "./rule.ts";
import { isCode } from "./size-rules.ts";
import { isToolConfig, lineAt, lineOf, walk, type Fault, type SourceFile } from "./source-file.ts";

/** A tool that loads a module by its default export leaves no choice. */
const loadedByDefault = new Set(["test/check/knip-count-reporter.ts"]);

export const languageRules: readonly Rule[] = [
  {
    name: "named-exports",
    appliesTo: (path) => isCode(path) && !isToolConfig(path) && !loadedByDefault.has(path),
    findFaults: (file) => findNodes(file, isDefaultExport, "a default export: export by name"),
    planted: [
      { path: "release/src/a.ts", text: "export default function f() {}\n" },
      { path: "release/src/b.ts", text: "const a = 1;\nexport default a;\n" },
      { path: "release/src/c.ts", text: "const a = 1;\nexport { a as default };\n" },
    ],
    allowed: [{ path: "release/tsup.config.ts", text: "export default {};\n" }],
  },
  {
    name: "no-enum",
    appliesTo: isCode,
    findFaults: (file) => findNodes(file, ts.isEnumDeclaration, "an enum: use a union of literals"),
    planted: [{ path: "release/src/a.ts", text: "export enum Phase { Qa }\n" }],
    allowed: [{ path: "release/src/b.ts", text: 'export type Phase = "qa" | "active";\n' }],
  },
  {
    name: "no-any",
    appliesTo: isCode,
    findFaults: (file) => findNodes(file, isAny, "any: use unknown and narrow it"),
    planted: [{ path: "release/src/a.ts", text: "export const a: any = 1;\n" }],
    allowed: [{ path: "release/src/b.ts", text: "// any of them\nexport const any = 1;\n" }],
  },
  {
    name: "explained-cast",
    appliesTo: isCode,
    findFaults: findUnexplainedCasts,
    planted: [
      { path: "release/src/a.ts", text: "const a = 1;\nexport const b = a as Kind;\n" },
      { path: "release/src/b.ts", text: "const a = 1;\nexport const b = <Kind>a;\n" },
    ],
    allowed: [
      { path: "release/src/c.ts", text: "export const a = [1] as const;\n" },
      { path: "release/src/d.ts", text: "// Parsed above.\nexport const b = a as Kind;\n" },
      { path: "release/src/e.ts", text: "export const b = a as Kind; // parsed above\n" },
      { path: "release/src/f.ts", text: 'export const b = "http://a as b";\n' },
    ],
  },
  {
    name: "explained-suppression",
    appliesTo: isCode,
    findFaults: findUnexplainedSuppressions,
    planted: [
      { path: "release/src/a.ts", text: `// @ts-${"ignore"}\nexport {};\n` },
      { path: "release/src/b.ts", text: `// @ts-${"expect-error"}\nexport {};\n` },
      {
        path: "release/src/c.ts",
        text: `// oxlint-${"disable"}-next-line no-console\nexport {};\n`,
      },
    ],
    allowed: [
      {
        path: "release/src/d.ts",
        text: `// oxlint-${"disable"}-next-line no-console -- a progress bar\n`,
      },
    ],
  },
];

function findNodes(
  file: SourceFile,
  matches: (node: ts.Node) => boolean,
  message: string,
): readonly Fault[] {
  const faults: Fault[] = [];
  walk(file, (node) => {
    if (matches(node)) faults.push({ line: lineOf(file, node), message });
  });
  return faults;
}

function isDefaultExport(node: ts.Node): boolean {
  return (
    node.kind === ts.SyntaxKind.DefaultKeyword ||
    ts.isExportAssignment(node) ||
    (ts.isExportSpecifier(node) && node.name.text === "default")
  );
}

function isAny(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword;
}

function findUnexplainedCasts(file: SourceFile): readonly Fault[] {
  const commented = commentedLines(file);
  const faults: Fault[] = [];
  walk(file, (node) => {
    if (!ts.isAsExpression(node) && !ts.isTypeAssertionExpression(node)) return;
    if (node.type.getText() === "const") return;
    const first = lineOf(file, node);
    const cast = lineOf(file, node.type);
    const reasonLines = [first - 1, first, cast - 1, cast];
    if (reasonLines.some((line) => commented.has(line))) return;
    faults.push({ line: cast, message: "a cast without its reason in a comment beside it" });
  });
  return faults;
}

/** The lines that hold a comment, read by the scanner so that strings do not count. */
function commentedLines(file: SourceFile): ReadonlySet<number> {
  const lines = new Set<number>();
  const collect = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) {
      for (let line = lineAt(file, pos); line <= lineAt(file, end); line += 1) lines.add(line);
    }
  };
  const visit = (node: ts.Node): void => {
    collect(ts.getLeadingCommentRanges(file.text, node.getFullStart()));
    collect(ts.getTrailingCommentRanges(file.text, node.getEnd()));
    for (const child of node.getChildren()) visit(child);
  };
  if (file.tree !== null) visit(file.tree);
  return lines;
}

function findUnexplainedSuppressions(file: SourceFile): readonly Fault[] {
  const suppression = /@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-disable/u;
  return file.lines.flatMap((text, index) =>
    suppression.test(text) && !/disable.* -- \S/u.test(text)
      ? [
          {
            line: index + 1,
            message: "a silenced checker: mend the cause, or say why after ` -- `",
          },
        ]
      : [],
  );
}
