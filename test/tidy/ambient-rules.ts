import ts from "typescript";
import type { Rule } from "./rule.ts";
import { isCode } from "./size-rules.ts";
import { isTest, isToolConfig, lineOf, walk, type Fault, type SourceFile } from "./source-file.ts";

/** What a process owns and only `main.ts` may touch. */
const ambientMembers = new Set(["env", "argv", "exit", "exitCode", "on", "once"]);

/**
 * The only files that start processes, each with its reason. Tests run real
 * processes and are free to. A new line here is a decision for review.
 */
const processStarters: ReadonlyMap<string, string> = new Map([
  ["release/src/tools/run-command.ts", "the one place where Trunkline starts a command"],
  ["apps/self-hosted/src/files/run-command.ts", "the one place where shortlinectl runs a command"],
  ["apps/self-hosted/src/service/serve-child.ts", "supervise runs the service as its child"],
  ["apps/hosted/src/testing/run-node.ts", "lets tests build the service and run the build"],
  ["packages/bundle/src/testing/run-tool.ts", "lets tests run tar, gzip and ssh-keygen"],
  ["test/run-tool.ts", "runs the checkers"],
  ["test/repository-files.ts", "asks git for the repository's own files"],
]);

/** Where a process begins: `main.ts`, the main of a second process (`x-main.ts`), a launcher. */
const entryPoint = /(?:^|\/|-)main\.ts$|^release\/bin\//u;

/** What only tests use. */
const testing = /\/src\/testing\//u;

export const ambientRules: readonly Rule[] = [
  {
    name: "ambient-only-in-main",
    appliesTo: (path) =>
      isCode(path) && !entryPoint.test(path) && !isToolConfig(path) && !isTest(path),
    findFaults: findAmbient,
    planted: [
      { path: "release/src/a.ts", text: "export const home = process.env.HOME;\n" },
      { path: "release/src/b.ts", text: 'export const home = process["env"].HOME;\n' },
      { path: "release/src/c.ts", text: "process.exit(1);\n" },
      { path: "release/src/d.ts", text: 'process.on("SIGTERM", stop);\n' },
      { path: "release/src/e.ts", text: 'import { argv } from "node:process";\n' },
      { path: "release/src/f.ts", text: "const { env } = process;\n" },
      { path: "release/src/g.ts", text: 'import process from "node:process";\n' },
    ],
    allowed: [
      { path: "release/src/main.ts", text: "process.exitCode = await run(process.argv);\n" },
      { path: "release/src/h.ts", text: "export const hasEnv = child.process.env;\n" },
      { path: "release/src/i.ts", text: "export const version = process.version;\n" },
    ],
  },
  {
    name: "processes-start-in-few-places",
    appliesTo: (path) =>
      isCode(path) && !isTest(path) && !testing.test(path) && !processStarters.has(path),
    findFaults: (file) => {
      const faults: Fault[] = [];
      walk(file, (node) => {
        if (!isImportOf(node, /^(?:node:)?(?:child_process|cluster)$|^execa$/u)) return;
        const message =
          "starts processes: go through the package's one file that may (ambient-rules.ts)";
        faults.push({ line: lineOf(file, node), message });
      });
      return faults;
    },
    planted: [
      { path: "release/src/tools/git.ts", text: 'import { spawn } from "node:child_process";\n' },
      { path: "apps/hosted/src/a.ts", text: 'const { fork } = await import("child_process");\n' },
    ],
    allowed: [
      {
        path: "release/src/tools/run-command.ts",
        text: 'import { spawn } from "node:child_process";\n',
      },
      { path: "release/src/a.e2e.test.ts", text: 'import { spawn } from "node:child_process";\n' },
      {
        path: "release/src/b.ts",
        text: 'import type { ChildProcess } from "node:child_process";\n',
      },
    ],
  },
];

function findAmbient(file: SourceFile): readonly Fault[] {
  const faults: Fault[] = [];
  const report = (node: ts.Node, what: string): void => {
    faults.push({
      line: lineOf(file, node),
      message: `${what} belongs to main.ts: take it as a parameter`,
    });
  };
  walk(file, (node) => {
    const member = ambientMember(node);
    if (member !== undefined && ambientMembers.has(member)) report(node, `process.${member}`);
    if (isImportOf(node, /^(?:node:)?process$/u)) report(node, "node:process");
    if (isDestructuredProcess(node)) report(node, "process, taken apart,");
  });
  return faults;
}

/** The member of the global `process` that this expression reads. */
function ambientMember(node: ts.Node): string | undefined {
  const isAccess = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  if (!isAccess || !ts.isIdentifier(node.expression)) return undefined;
  if (node.expression.text !== "process") return undefined;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isStringLiteral(node.argumentExpression) ? node.argumentExpression.text : undefined;
}

function isDestructuredProcess(node: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(node) &&
    ts.isObjectBindingPattern(node.name) &&
    node.initializer !== undefined &&
    ts.isIdentifier(node.initializer) &&
    node.initializer.text === "process"
  );
}

/** An import, static or dynamic, that loads the module: type imports load nothing. */
function isImportOf(node: ts.Node, module: RegExp): boolean {
  if (ts.isImportDeclaration(node)) {
    const isType = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return (
      !isType && ts.isStringLiteral(node.moduleSpecifier) && module.test(node.moduleSpecifier.text)
    );
  }
  if (!ts.isCallExpression(node)) return false;
  const isLoad =
    node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require";
  const [specifier] = node.arguments;
  return (
    isLoad &&
    specifier !== undefined &&
    ts.isStringLiteral(specifier) &&
    module.test(specifier.text)
  );
}
