import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { unpackBundle } from "./unpack-bundle.ts";
import { verifyDirectory } from "./verify-directory.ts";
import type { DirectoryDifference } from "./verify-directory.ts";

async function unpackSample(): Promise<{
  readonly directory: string;
  readonly differences: (ignore?: readonly string[]) => Promise<readonly (readonly string[])[]>;
}> {
  const parent = await makeTemporaryDirectory();
  const { file, manifest, manifestDigest } = await writeSampleBundle(parent);
  const directory = join(parent, "out");
  const unpacked = await unpackBundle({ file, directory });
  if (!unpacked.ok) throw new Error(unpacked.failure.message);
  return {
    directory,
    async differences(ignore = []) {
      const result = await verifyDirectory({ directory, manifest, manifestDigest, ignore });
      if (!result.ok) throw new Error(result.failure.message);
      return result.value.map(({ path, kind }: DirectoryDifference) => [path, kind]);
    },
  };
}

describe("verifying an unpacked bundle", () => {
  it("finds nothing in one as published", async () => {
    const { differences } = await unpackSample();
    expect(await differences()).toEqual([]);
  });

  it("finds each kind of difference", async () => {
    const { directory, differences } = await unpackSample();
    await rm(join(directory, "install.sh"));
    await chmod(join(directory, "runtime/bin/node"), 0o4755);
    await writeFile(join(directory, "docs/empty.txt"), "no longer");
    await writeFile(join(directory, "migrations/sqlite/0001-start.sql"), "-- phase: EXPAND\n");
    await writeFile(join(directory, "manifest.json"), "{}");
    await rm(join(directory, "app/main.js"));
    await symlink("/etc/hostname", join(directory, "app/main.js"));
    await writeFile(join(directory, ".complete"), "");
    expect(await differences()).toEqual([
      [".complete", "unexpected"],
      ["app/main.js", "type"],
      ["docs/empty.txt", "size"],
      ["files.sha256", "content"],
      ["install.sh", "missing"],
      ["manifest.json", "content"],
      ["migrations/sqlite/0001-start.sql", "content"],
      ["runtime/bin/node", "mode"],
    ]);
  });

  it("passes over what it is told to ignore", async () => {
    const { directory, differences } = await unpackSample();
    await writeFile(join(directory, ".complete"), "");
    expect(await differences([".complete"])).toEqual([]);
  });

  it("sees a folder replaced by a link to the same content", async () => {
    const { directory, differences } = await unpackSample();
    await rename(join(directory, "app"), join(directory, "..", "elsewhere"));
    await symlink("../elsewhere", join(directory, "app"));
    expect(await differences()).toEqual([["app", "unexpected"]]);
  });

  it("finds the two describing files missing", async () => {
    const { directory, differences } = await unpackSample();
    await rm(join(directory, "manifest.json"));
    await rm(join(directory, "files.sha256"));
    await mkdir(join(directory, "empty-folder"));
    expect(await differences()).toEqual([
      ["files.sha256", "missing"],
      ["manifest.json", "missing"],
    ]);
  });

  it("fails by value for a folder that does not exist", async () => {
    const parent = await makeTemporaryDirectory();
    const { manifest } = await writeSampleBundle(parent);
    const result = await verifyDirectory({ directory: join(parent, "nowhere"), manifest });
    expect(result).toMatchObject({ ok: false, failure: { code: "file-missing" } });
  });
});
