import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { parseChecksums } from "./checksums.ts";
import { fileSha256 } from "./file-sha256.ts";
import { readBundle } from "./read-bundle.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { runTool, skipWithout } from "./testing/run-tool.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { unpackBundle } from "./unpack-bundle.ts";
import { verifyDirectory } from "./verify-directory.ts";

const TOP = "sample-1.2.3";

/** What GNU tar is told to write the same archive; the list of files comes on standard input. */
const TAR_OPTIONS = [
  "--format=ustar",
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--mtime=2026-01-02T03:04:05Z",
  "--no-recursion",
  "--files-from=-",
];

describe("a bundle and the programs of any Linux", () => {
  beforeEach(skipWithout(["tar", "gzip", "sha256sum"]));

  it("is unpacked by tar xzf to exactly what is published", async () => {
    const directory = await makeTemporaryDirectory();
    const { file, manifest, manifestDigest } = await writeSampleBundle(directory);
    expect(runTool("gzip", ["-t", file])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(runTool("tar", ["xpzf", file], { cwd: directory })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    const result = await verifyDirectory({
      directory: join(directory, TOP),
      manifest,
      manifestDigest,
    });
    expect(result).toEqual({ ok: true, value: [] });
  });

  it("lists its checksums as sha256sum reads them, and reads what sha256sum writes", async () => {
    const directory = await makeTemporaryDirectory();
    const { file, sha256 } = await writeSampleBundle(directory);
    const out = join(directory, "out");
    expect(await unpackBundle({ file, directory: out })).toMatchObject({ ok: true });
    expect(
      runTool("sha256sum", ["--check", "--strict", "--quiet", "files.sha256"], { cwd: out }),
    ).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    const printed = runTool("sha256sum", ["sample.tar.gz"], { cwd: directory }).stdout;
    expect(parseChecksums(printed)).toEqual({
      ok: true,
      value: [{ path: "sample.tar.gz", sha256 }],
    });
    await writeFile(join(out, "install.sh"), "#!/bin/sh\nexit 1\n");
    const check = runTool("sha256sum", ["--check", "--quiet", "files.sha256"], { cwd: out });
    expect(check).toMatchObject({ exitCode: 1, stdout: "install.sh: FAILED\n" });
  });

  it("is byte for byte what GNU tar writes for the same files", async () => {
    const directory = await makeTemporaryDirectory();
    const longPath = `docs/${"d".repeat(90)}/${"e".repeat(30)}/${"f".repeat(60)}.html`;
    const entries = [
      { path: longPath, content: "deep\n" },
      { path: "runtime/bin/node", content: "x".repeat(30_000), executable: true },
      { path: "empty", content: "" },
    ];
    const { file, manifest } = await writeSampleBundle(directory, { entries });
    const ours = gunzipSync(await readFile(file));
    const own = ["manifest.json", "files.sha256"].map((path) => ({ path }));
    const list = [...manifest.files, ...own].map(({ path }) => `${TOP}/${path}\n`).toSorted();
    expect(runTool("tar", ["xpzf", file], { cwd: directory }).exitCode).toBe(0);
    const output = join(directory, "theirs.tar");
    const run = runTool("tar", ["-cf", output, ...TAR_OPTIONS], {
      cwd: directory,
      input: list.join(""),
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await readFile(output)).equals(ours)).toBe(true);
  });

  it("is accepted when packed again by tar and gzip", async () => {
    const directory = await makeTemporaryDirectory();
    const { file, manifest } = await writeSampleBundle(directory);
    expect(runTool("tar", ["xpzf", file], { cwd: directory }).exitCode).toBe(0);
    const paths = ["manifest.json", "files.sha256", ...manifest.files.map(({ path }) => path)];
    const list = paths.map((path) => `${TOP}/${path}\n`).toSorted();
    const again = join(directory, "again.tar");
    runTool("tar", ["-cf", again, ...TAR_OPTIONS], { cwd: directory, input: list.join("") });
    expect(runTool("gzip", ["-9", again])).toMatchObject({ exitCode: 0 });
    const result = await unpackBundle({ file: `${again}.gz`, directory: join(directory, "out") });
    expect(result).toMatchObject({ ok: true, value: { manifest } });
  });

  it("of tar's own making with a link, a folder or a long name is refused", async () => {
    const directory = await makeTemporaryDirectory();
    await mkdir(join(directory, TOP));
    runTool("ln", ["-s", "/etc/passwd", join(directory, TOP, "link")]);
    runTool("mkfifo", [join(directory, TOP, "fifo")]);
    await writeFile(join(directory, TOP, "n".repeat(180)), "");
    for (const [name, args] of Object.entries({
      folder: ["--no-recursion", TOP],
      link: [`${TOP}/link`],
      fifo: [`${TOP}/fifo`],
      "gnu-name": ["--format=gnu", `${TOP}/${"n".repeat(180)}`],
      "pax-name": ["--format=pax", `${TOP}/${"n".repeat(180)}`],
      absolute: ["-P", "/etc/hostname"],
    })) {
      const file = join(directory, `${name}.tar.gz`);
      const packed = runTool("tar", ["-czf", file, ...args], { cwd: directory });
      expect({ name, ...packed }).toMatchObject({ name, exitCode: 0 });
      const result = await unpackBundle({ file, directory: join(directory, "out") });
      expect({ name, ...result }).toMatchObject({
        name,
        ok: false,
        failure: { code: "entry-unsafe" },
      });
    }
  });
});

describe("a bundle of real size", () => {
  beforeEach(skipWithout(["tar", "gzip"]));

  it("holds this Node.js in under 55 MB, is the same twice, and unpacks to a runtime that runs", async () => {
    const directory = await makeTemporaryDirectory();
    const entries = [{ path: "runtime/bin/node", sourceFile: process.execPath }];
    const first = await writeSampleBundle(directory, { entries, name: "first.tar.gz" });
    const second = await writeSampleBundle(directory, { entries, name: "second.tar.gz" });
    expect(second.sha256).toBe(first.sha256);
    expect(first.sizeBytes).toBeLessThan(55_000_000);
    expect((await stat(first.file)).size).toBe(first.sizeBytes);
    expect(await fileSha256(first.file)).toEqual({ ok: true, value: first.sha256 });
    expect(runTool("gzip", ["-t", first.file]).exitCode).toBe(0);
    const out = join(directory, "out");
    const unpacked = await unpackBundle({
      file: first.file,
      directory: out,
      expectedSha256: first.sha256,
    });
    expect(unpacked).toMatchObject({ ok: true });
    expect(runTool(join(out, "runtime/bin/node"), ["--version"]).stdout).toBe(
      `${process.version}\n`,
    );
    expect(runTool("tar", ["xzf", first.file], { cwd: directory }).exitCode).toBe(0);
    const extracted = await fileSha256(join(directory, TOP, "runtime/bin/node"));
    expect(extracted).toEqual(await fileSha256(process.execPath));
  });

  it("is read with bounded memory", async () => {
    const directory = await makeTemporaryDirectory();
    const entries = [{ path: "runtime/bin/node", sourceFile: process.execPath }];
    const { file } = await writeSampleBundle(directory, { entries });
    const before = process.memoryUsage().rss;
    let peakBytes = 0;
    const read = await readBundle({
      file,
      async onEntry(entry) {
        for await (const _ of entry.content)
          peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
      },
    });
    expect(read).toMatchObject({ ok: true });
    expect(peakBytes - before).toBeLessThan(100_000_000);
  });
});
