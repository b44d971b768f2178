import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkPublishedPackage } from "./check-published-package.ts";

const root = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../.."));
const scratch = mkdtempSync(join(tmpdir(), "published-package-"));
try {
  const check = await checkPublishedPackage({
    root,
    directory: "release",
    scratch,
    env: process.env,
  });
  for (const fault of check.faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`checked ${check.packedFiles} packed files\n`);
  process.exitCode = check.faults.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
