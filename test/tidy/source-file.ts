import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** One file of the repository, as the house rules see it. */
export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** The syntax tree of a TypeScript or JavaScript file; null for any other. */
  readonly tree: ts.SourceFile | null;
}

export interface Fault {
  readonly line: number;
  readonly message: string;
}

export function readSourceFile(root: string, path: string): SourceFile {
  return makeSourceFile(path, readFileSync(join(root, path), "utf8"));
}

/** Makes a source file from text; the path decides how it is read. */
export function makeSourceFile(path: string, text: string): SourceFile {
  const tree = /\.[cm]?[jt]s$/u.test(path)
    ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    : null;
  return { path, text, lines: text.split("\n"), tree };
}

/** Calls `visit` for every node of the file's tree, outermost first. */
export function walk(file: SourceFile, visit: (node: ts.Node) => void): void {
  const step = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, step);
  };
  if (file.tree !== null) step(file.tree);
}

/** The 1-based line a node starts on, its leading comments not counted. */
export function lineOf(file: SourceFile, node: ts.Node): number {
  return lineAt(file, node.getStart());
}

export function lineAt(file: SourceFile, position: number): number {
  if (file.tree === null) throw new Error(`${file.path} has no syntax tree`);
  return file.tree.getLineAndCharacterOfPosition(position).line + 1;
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** Configuration of a tool: the tool dictates its shape and loads it by default export. */
export function isToolConfig(path: string): boolean {
  return /(?:^|\/)(?:[a-z-]+\.config\.ts|\.[a-z-]+\.mjs)$/u.test(path);
}
