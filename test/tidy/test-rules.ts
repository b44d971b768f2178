import ts from "typescript";
import type { Rule } from "./rule.ts";
import { isCode } from "./size-rules.ts";
import { isTest, lineOf, walk, type Fault, type SourceFile } from "./source-file.ts";

const doubles = new Set(
  "doMock fn hoisted importMock mock mocked setSystemTime spyOn stubEnv stubGlobal useFakeTimers".split(
    " ",
  ),
);

export const testRules: readonly Rule[] = [
  {
    name: "no-mocks",
    appliesTo: isCode,
    findFaults: (file) =>
      findMembers(file, ["vi"], { members: doubles, message: "a mock: run the real thing" }),
    planted: [
      { path: "release/src/a.test.ts", text: `${"vi"}.mock("./git.ts");\n` },
      { path: "release/src/b.test.ts", text: `const f = ${"vi"}.fn();\n` },
      { path: "release/src/c.test.ts", text: `${"vi"}.spyOn(git, "push");\n` },
    ],
    allowed: [
      { path: "release/src/d.test.ts", text: "await vi.waitFor(isUp, { timeout: 5000 });\n" },
    ],
  },
  {
    name: "no-chosen-tests",
    appliesTo: isTest,
    findFaults: (file) =>
      findMembers(file, ["it", "test", "describe"], {
        members: new Set(["only", "skip", "todo", "fails"]),
        message: "runs a part only; a test that cannot run here calls context.skip(reason)",
      }),
    planted: [
      { path: "release/src/a.test.ts", text: `it.${"only"}("x", f);\n` },
      { path: "release/src/b.test.ts", text: `describe.${"skip"}("x", f);\n` },
      { path: "release/src/c.test.ts", text: `test.${"todo"}("x");\n` },
    ],
    allowed: [
      { path: "release/src/d.test.ts", text: 'it("x", (context) => context.skip(reason));\n' },
    ],
  },
  {
    name: "no-fixed-sleep",
    appliesTo: isTest,
    findFaults: findFixedSleeps,
    planted: [
      { path: "release/src/a.test.ts", text: "await new Promise((r) => setTimeout(r, 500));\n" },
      {
        path: "release/src/b.test.ts",
        text: 'import { setTimeout as delay } from "node:timers/promises";\nawait delay(500);\n',
      },
    ],
    allowed: [
      {
        path: "release/src/c.test.ts",
        text: 'import { setTimeout as delay } from "node:timers/promises";\nwhile (!(await isUp())) {\n await delay(20);\n}\n',
      },
      { path: "release/src/d.test.ts", text: "const timer = setTimeout(stop, 500);\n" },
      {
        path: "release/src/e.test.ts",
        text: 'import { setTimeout as delay } from "node:timers/promises";\n// Slow on purpose: the client must give up first.\nawait delay(500);\n',
      },
    ],
  },
];

function findMembers(
  file: SourceFile,
  objects: readonly string[],
  { members, message }: { members: ReadonlySet<string>; message: string },
): readonly Fault[] {
  const faults: Fault[] = [];
  walk(file, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !members.has(node.name.text)) return;
    const object = /^[a-z]+/u.exec(node.expression.getText())?.[0] ?? "";
    if (objects.includes(object)) faults.push({ line: lineOf(file, node), message });
  });
  return faults;
}

/** A pause is a poll inside a loop, or says that being slow is what is tested. */
function findFixedSleeps(file: SourceFile): readonly Fault[] {
  const sleepers = importedSleepers(file);
  const faults: Fault[] = [];
  walk(file, (node) => {
    const isSleep = isCallOf(node, sleepers) || isPromisedTimeout(node);
    if (!isSleep || isInLoop(node)) return;
    const line = lineOf(file, node);
    const reasons = [file.lines[line - 2], file.lines[line - 1]];
    if (reasons.some((text) => text?.includes("Slow on purpose:"))) return;
    const message = "a fixed sleep: poll for the condition, with a deadline";
    faults.push({ line, message });
  });
  return faults;
}

/** Local names of `setTimeout` and `scheduler` imported from node:timers/promises. */
function importedSleepers(file: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(file, (node) => {
    if (!ts.isImportSpecifier(node)) return;
    const from = node.parent.parent.parent.moduleSpecifier.getText();
    const imported = (node.propertyName ?? node.name).text;
    if (/timers\/promises/u.test(from) && imported === "setTimeout") names.add(node.name.text);
  });
  return names;
}

function isCallOf(node: ts.Node, names: ReadonlySet<string>): boolean {
  return (
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) && names.has(node.expression.text)
  );
}

/** `new Promise((resolve) => setTimeout(resolve, …))` and the like. */
function isPromisedTimeout(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) || node.expression.getText() !== "Promise") return false;
  const [executor] = node.arguments ?? [];
  if (executor === undefined || !ts.isArrowFunction(executor)) return false;
  const [resolve] = executor.parameters;
  if (resolve === undefined) return false;
  const pattern = new RegExp(`setTimeout\\(\\s*(?:\\(\\) => )?${resolve.name.getText()}\\b`, "u");
  return pattern.test(executor.body.getText());
}

function isInLoop(node: ts.Node): boolean {
  for (let outer = node.parent; !ts.isSourceFile(outer); outer = outer.parent) {
    if (ts.isIterationStatement(outer, false)) return true;
    if (ts.isFunctionLike(outer)) return false;
  }
  return false;
}
