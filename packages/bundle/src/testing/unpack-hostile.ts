import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { BundleFailureCode } from "../bundle-failure.ts";
import type { BundleLimits } from "../bundle-limits.ts";
import { unpackBundle } from "../unpack-bundle.ts";
import { makeTemporaryDirectory } from "./make-temporary-directory.ts";
import { writeSampleBundle } from "./write-sample-bundle.ts";

/** Unpacks an archive that must be refused and leave nothing behind; gives the failure's code. */
export async function unpackHostile(
  archive: Buffer,
  limits: Partial<BundleLimits> = {},
): Promise<BundleFailureCode> {
  const directory = await makeTemporaryDirectory();
  const file = join(directory, "hostile.tar.gz");
  await writeFile(file, archive);
  const result = await unpackBundle({ file, directory: join(directory, "out"), limits });
  if (result.ok) throw new Error("the archive was unpacked");
  expect(await readdir(directory), "nothing is left behind").toEqual(["hostile.tar.gz"]);
  expect(result.failure.message + result.failure.next).toMatch(/^[ -~]+$/);
  expect(result.failure.next).not.toBe("");
  return result.failure.code;
}

/** The bytes of a bundle that is accepted. */
export async function makeSampleArchive(): Promise<Buffer> {
  return readFile((await writeSampleBundle(await makeTemporaryDirectory())).file);
}
