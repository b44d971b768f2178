import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { listRepositoryFiles } from "../repository-files.ts";

/**
 * Copies the repository's own files to a fresh folder, where a fault can be
 * planted without touching the checkout. Dependencies are links to the installed
 * ones; links between workspace packages point into the copy.
 *
 * @param wanted which of the repository's files to copy
 * @returns the copy's folder; the caller removes it
 */
export function copyWorkTree(root: string, wanted: (path: string) => boolean): string {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "work-tree-")));
  const files = listRepositoryFiles(root);
  for (const file of files.filter(wanted)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const manifest of files.filter((file) => /(?:^|\/)package\.json$/u.test(file))) {
    linkDependencies(root, {
      from: join(root, dirname(manifest)),
      to: join(copy, dirname(manifest)),
    });
  }
  return copy;
}

function linkDependencies(root: string, { from, to }: { from: string; to: string }): void {
  const installed = join(from, "node_modules");
  if (lstatSync(installed, { throwIfNoEntry: false }) === undefined) return;
  mkdirSync(join(to, "node_modules"), { recursive: true });
  for (const name of dependencyNames(installed)) {
    const link = join(to, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    const target = realpathSync(join(installed, name));
    const inRoot = relative(root, target);
    const isWorkspace = !inRoot.startsWith("..") && !inRoot.includes("node_modules");
    // `to` is as deep in the copy as `from` is in the root.
    const copyRoot = join(to, relative(from, root));
    symlinkSync(isWorkspace ? join(copyRoot, inRoot) : target, link);
  }
}

/** `pg`, `@types/node`, `.bin`: scopes are opened, tools' own state is left out. */
function dependencyNames(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    if (name.startsWith("@"))
      return readdirSync(join(folder, name)).map((part) => join(name, part));
    return name.startsWith(".") && name !== ".bin" ? [] : [name];
  });
}
