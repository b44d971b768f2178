import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readBundle } from "./read-bundle.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { runTool, skipWithout } from "./testing/run-tool.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { unpackBundle } from "./unpack-bundle.ts";

const SOURCE = new URL("./index.ts", import.meta.url).href;

/** A program that unpacks argv[1] into argv[2] and prints the result. */
const UNPACK = `
  import { unpackBundle } from ${JSON.stringify(SOURCE)};
  const [file, directory] = process.argv.slice(1);
  console.log(JSON.stringify(await unpackBundle({ file, directory })));
`;

const UNPACK_COMMAND = ["--input-type=module", "-e", UNPACK];

describe("unpacking where that is not possible", () => {
  it("refuses a folder that exists, and does not touch it", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    const out = join(directory, "out");
    await mkdir(out);
    await writeFile(join(out, "mine"), "");
    const result = await unpackBundle({ file, directory: out });
    expect(result).toMatchObject({ ok: false, failure: { code: "target-exists" } });
    expect(await readdir(out)).toEqual(["mine"]);
  });

  it("refuses a folder whose parent does not exist", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    const result = await unpackBundle({ file, directory: join(directory, "no", "out") });
    expect(result).toMatchObject({ ok: false, failure: { code: "file-missing" } });
  });

  it.each([
    ["a missing file", "missing.tar.gz", "file-missing"],
    ["a folder", ".", "input-invalid"],
    ["a device", "/dev/zero", "input-invalid"],
  ])("refuses %s for a bundle", async (_what, name, code) => {
    const directory = await makeTemporaryDirectory();
    const file = name.startsWith("/") ? name : join(directory, name);
    const result = await unpackBundle({ file, directory: join(directory, "out") });
    expect(result).toMatchObject({ ok: false, failure: { code } });
    expect(await readdir(directory)).toEqual([]);
  });

  it("refuses a pipe for a bundle instead of waiting for a writer", async () => {
    const directory = await makeTemporaryDirectory();
    const file = join(directory, "pipe");
    expect(runTool("mkfifo", [file]).exitCode).toBe(0);
    const result = await unpackBundle({ file, directory: join(directory, "out") });
    expect(result).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
  });

  it("says so where it may not write", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    const closed = join(directory, "closed");
    await mkdir(closed);
    await chmod(closed, 0o555);
    await chmod(directory, 0o755);
    // Root may write anywhere: as root, another user does the unpacking.
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};
    const args = [...UNPACK_COMMAND, file, join(closed, "out")];
    const run = runTool(process.execPath, args, user);
    expect(JSON.parse(run.stdout || JSON.stringify(run))).toMatchObject({
      ok: false,
      failure: { code: "file-permission" },
    });
    expect(await readdir(closed)).toEqual([]);
  });

  it("gives the same modes under any umask", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    for (const umask of ["000", "077"]) {
      const out = join(directory, `out-${umask}`);
      const script = `umask ${umask}; exec "$@"`;
      const run = runTool("sh", [
        "-c",
        script,
        "sh",
        process.execPath,
        ...UNPACK_COMMAND,
        file,
        out,
      ]);
      expect(JSON.parse(run.stdout)).toMatchObject({ ok: true });
      const modes = runTool("find", [".", "-printf", "%m %p\n"], { cwd: out })
        .stdout.trim()
        .split("\n");
      expect(modes.toSorted()).toEqual(EXPECTED_MODES);
    }
  });

  it("passes on an error of the caller's own making", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    const reading = readBundle({
      file,
      async onEntry(entry) {
        for await (const _ of entry.content) throw new Error("a bug in the caller");
      },
    });
    await expect(reading).rejects.toThrow("a bug in the caller");
  });

  it("checks what a caller stops reading half-way", async () => {
    const directory = await makeTemporaryDirectory();
    const { file } = await writeSampleBundle(directory);
    const paths: string[] = [];
    const result = await readBundle({
      file,
      async onEntry(entry) {
        paths.push(entry.path);
        for await (const _ of entry.content) break;
      },
    });
    expect(result).toMatchObject({ ok: true });
    expect(paths).toHaveLength(7);
  });
});

const EXPECTED_MODES = [
  "644 ./app/main.js",
  "644 ./docs/empty.txt",
  "644 ./files.sha256",
  "644 ./manifest.json",
  "644 ./migrations/sqlite/0001-start.sql",
  "755 .",
  "755 ./app",
  "755 ./docs",
  "755 ./install.sh",
  "755 ./migrations",
  "755 ./migrations/sqlite",
  "755 ./runtime",
  "755 ./runtime/bin",
  "755 ./runtime/bin/node",
];

describe("a disk that fills up", () => {
  beforeEach(skipWithout(["unshare", "mount"]));

  it("is a failure value, and nothing is left on it", async (context) => {
    const directory = await makeTemporaryDirectory();
    const disk = join(directory, "disk");
    await mkdir(disk);
    // In a mount namespace of its own, a small file system to fill needs no root.
    const mount = 'mount -t tmpfs -o size=1m none "$1" || exit 77';
    const work = `"$2" --input-type=module -e "$3" "$4" "$1/out"; ls -A "$1"`;
    const content = Buffer.alloc(4 * 1024 * 1024, "x");
    const { file } = await writeSampleBundle(directory, { entries: [{ path: "big", content }] });
    const command = ["sh", "-c", `${mount}; ${work}`, "sh", disk, process.execPath, UNPACK, file];
    const run = runTool("unshare", ["-rm", ...command]);
    if (run.stderr.includes("unshare failed") || run.exitCode === 77) {
      context.skip(`no small file system can be mounted here: ${run.stderr.trim()}`);
    }
    const lines = run.stdout.trim().split("\n");
    expect({ lines: lines.length, stderr: run.stderr }).toMatchObject({ lines: 1 });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      ok: false,
      failure: { code: "no-space" },
    });
  });
});
