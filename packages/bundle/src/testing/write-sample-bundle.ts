import { join } from "node:path";
import type { BundleFile } from "../plan-bundle.ts";
import { writeBundle } from "../write-bundle.ts";
import type { WrittenBundle } from "../write-bundle.ts";

/** A few small files of every kind a bundle has: text, empty, executable, nested, larger than a tar block. */
export const SAMPLE_FILES: readonly BundleFile[] = [
  { path: "runtime/bin/node", content: "not really\n", executable: true },
  { path: "app/main.js", content: `${"// padding\n".repeat(200)}console.log("hello");\n` },
  { path: "docs/empty.txt", content: "" },
  { path: "install.sh", content: "#!/bin/sh\nexit 0\n", executable: true },
  { path: "migrations/sqlite/0001-start.sql", content: "-- phase: expand\n" },
];

/** Writes `sample-1.2.3` below `directory`; throws where that fails. */
export async function writeSampleBundle(
  directory: string,
  changes: { readonly entries?: readonly BundleFile[]; readonly name?: string } = {},
): Promise<WrittenBundle & { readonly file: string }> {
  const file = join(directory, changes.name ?? "sample.tar.gz");
  const written = await writeBundle({
    product: "sample",
    version: "1.2.3",
    commit: "0123456789abcdef0123456789abcdef01234567",
    arch: "linux-x64",
    createdAt: new Date("2026-01-02T03:04:05Z"),
    entries: changes.entries ?? SAMPLE_FILES,
    outputFile: file,
  });
  if (!written.ok) throw new Error(written.failure.message);
  return { ...written.value, file };
}
