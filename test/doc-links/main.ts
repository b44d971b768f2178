import { resolve } from "node:path";
import { listRepositoryFiles } from "../repository-files.ts";
import { findBrokenLinks } from "./find-broken-links.ts";

const root = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../.."));
const { broken, checkedLinks } = findBrokenLinks(root, listRepositoryFiles(root));
for (const { file, line, target, reason } of broken) {
  process.stderr.write(`${file}:${line}: ${target} ${reason}\n`);
}
process.stdout.write(`checked ${checkedLinks} links\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
