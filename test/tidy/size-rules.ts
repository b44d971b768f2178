import ts from "typescript";
import type { Rule } from "./rule.ts";
import { lineAt, lineOf, walk, type Fault, type SourceFile } from "./source-file.ts";

const maxFileLines = 300;
const maxFunctionLines = 60;
const maxParameters = 3;

/** Written by a tool, or a text that is not ours to shorten. */
const generated = /^(?:pnpm-lock\.yaml|LICENSE|packages\/core\/openapi\.json)$|CHANGELOG\.md$/u;

export const sizeRules: readonly Rule[] = [
  {
    name: "file-length",
    appliesTo: (path) => !generated.test(path),
    findFaults: ({ lines }) =>
      lines.length - 1 > maxFileLines
        ? [
            {
              line: maxFileLines + 1,
              message: `${lines.length - 1} lines: at most ${maxFileLines}`,
            },
          ]
        : [],
    planted: [{ path: "apps/hosted/src/long.ts", text: "export {};\n".repeat(301) }],
    allowed: [{ path: "apps/hosted/src/full.ts", text: "export {};\n".repeat(300) }],
  },
  {
    name: "function-length",
    appliesTo: isCode,
    findFaults: findLongFunctions,
    planted: [
      { path: "release/src/long.ts", text: `function long() {\n${"f();\n".repeat(59)}}\n` },
      { path: "release/src/long.test.ts", text: `it("x", () => {\n${"f();\n".repeat(59)}});\n` },
    ],
    allowed: [
      { path: "release/src/full.ts", text: `function full() {\n${"f();\n".repeat(58)}}\n` },
      {
        path: "release/src/grouped.test.ts",
        text: `describe("x", () => {\n${'it("y", () => {\n f();\n});\n'.repeat(30)}});\n`,
      },
    ],
  },
  {
    name: "parameter-count",
    appliesTo: isCode,
    findFaults: findLongParameterLists,
    planted: [
      { path: "release/src/a.ts", text: "export function f(a: A, b: B, c: C, d: D) {}\n" },
      { path: "release/src/b.ts", text: "const f = (a: A, b: B, c: C, d: D) => 1;\n" },
    ],
    allowed: [{ path: "release/src/c.ts", text: "export function f(a: A, b: B, c: C) {}\n" }],
  },
];

export function isCode(path: string): boolean {
  return /\.[cm]?[jt]s$/u.test(path);
}

function findLongFunctions(file: SourceFile): readonly Fault[] {
  const faults: Fault[] = [];
  walk(file, (node) => {
    if (!isFunction(node) || isGroup(node)) return;
    const lines = spannedLines(file, node) - groupedLines(file, node);
    if (lines <= maxFunctionLines) return;
    faults.push({
      line: lineOf(file, node),
      message: `a function of ${lines} lines: at most ${maxFunctionLines}`,
    });
  });
  return faults;
}

function findLongParameterLists(file: SourceFile): readonly Fault[] {
  const faults: Fault[] = [];
  walk(file, (node) => {
    if (!ts.isFunctionLike(node) || node.parameters.length <= maxParameters) return;
    // A test's title values are spread over its callback's parameters by the test runner.
    if (isRowCallback(node)) return;
    faults.push({
      line: lineOf(file, node),
      message: `${node.parameters.length} parameters: at most ${maxParameters}, then one options object`,
    });
  });
  return faults;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

/** The callback of `describe(…)` groups tests; its lines are those of the tests in it. */
function isGroup(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && /^describe\b/u.test(call.expression.getText());
}

/** The callback of `it.each(rows)(name, callback)`. */
function isRowCallback(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && /^(?:it|test)\.each\b/u.test(call.expression.getText());
}

function spannedLines(file: SourceFile, node: ts.Node): number {
  return lineAt(file, node.getEnd()) - lineOf(file, node) + 1;
}

function groupedLines(file: SourceFile, owner: ts.Node): number {
  let total = 0;
  const step = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && isGroup(node)) total += spannedLines(file, node);
    else ts.forEachChild(node, step);
  };
  ts.forEachChild(owner, step);
  return total;
}
