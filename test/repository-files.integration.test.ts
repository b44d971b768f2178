import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listRepositoryFiles } from "./repository-files.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "repository-files-"));
  const files = [".gitignore", ".github/workflows/ci.yml", "src/a b.ts", "src/ü.ts", "dist/out.js"];
  for (const file of [...files, "node_modules/x/index.js"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file === ".gitignore" ? "dist/\nnode_modules/\n" : "");
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const own = [".github/workflows/ci.yml", ".gitignore", "src/a b.ts", "src/ü.ts"];

test("lists what git tracks and what is new, not what is ignored", () => {
  execFileSync("git", ["init", "--quiet", root]);
  execFileSync("git", ["add", "src/a b.ts"], { cwd: root });
  expect(listRepositoryFiles(root)).toEqual(own);
});

test("leaves out a tracked file that was deleted", () => {
  execFileSync("git", ["init", "--quiet", root]);
  execFileSync("git", ["add", "src"], { cwd: root });
  rmSync(join(root, "src/ü.ts"));
  expect(listRepositoryFiles(root)).toEqual(own.slice(0, 3));
});

test("lists the same in a source archive, where there is no git", () => {
  expect(listRepositoryFiles(root)).toEqual(own);
});

test("fails on a folder without files rather than find nothing wrong in it", () => {
  const empty = join(root, "empty");
  mkdirSync(empty);
  expect(() => listRepositoryFiles(empty)).toThrow("no files of a repository");
});
