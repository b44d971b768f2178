import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPathProblem } from "./bundle-path.ts";
import { createPathSequence } from "./path-sequence.ts";
import { readBundle } from "./read-bundle.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { SAMPLE_FILES, writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { writeBundle } from "./write-bundle.ts";
import type { WriteBundleOptions } from "./write-bundle.ts";

const FIELDS: Omit<WriteBundleOptions, "entries" | "outputFile"> = {
  product: "sample",
  version: "1.2.3",
  commit: "0123456789abcdef0123456789abcdef01234567",
  arch: "linux-x64",
  createdAt: new Date("2026-01-02T03:04:05Z"),
};

describe("writing a bundle", () => {
  it("gives the same bytes for the same input in another order", async () => {
    const directory = await makeTemporaryDirectory();
    const first = await writeSampleBundle(directory, { name: "first.tar.gz" });
    const entries = SAMPLE_FILES.toReversed();
    const second = await writeSampleBundle(directory, { name: "second.tar.gz", entries });
    expect((await readFile(first.file)).equals(await readFile(second.file))).toBe(true);
    expect(second.sha256).toBe(first.sha256);
  });

  it("gives the same archive today as ever", async () => {
    const bundle = await writeSampleBundle(await makeTemporaryDirectory());
    // Pinned: they change only together with the format. The compressed bytes also depend on the
    // zlib of the pinned Node.js, which may change with it.
    expect(bundle.manifestDigest).toBe(
      "4e87be88ae6dd3ce125159dc9d765aa0237f2370d504d611ce7d0a6799b54cd2",
    );
    const archive = gunzipSync(await readFile(bundle.file));
    expect(createHash("sha256").update(archive).digest("hex")).toBe(
      "4b21b584ba7a6ed06d1098ef985387c15542d0d9235e8c336d600be1656ae5f2",
    );
  });

  it("takes from a source file its content and whether its owner may run it, nothing else", async () => {
    const directory = await makeTemporaryDirectory();
    const digests = await Promise.all(
      [
        { name: "a", mode: 0o700, time: 1 },
        { name: "b", mode: 0o777, time: 2_000_000_000 },
      ].map(async ({ name, mode, time }) => {
        const sourceFile = join(directory, name);
        await writeFile(sourceFile, "#!/bin/sh\n");
        await chmod(sourceFile, mode);
        await utimes(sourceFile, time, time);
        const entries = [{ path: "run.sh", sourceFile }];
        return writeSampleBundle(directory, { name: `${name}.tar.gz`, entries });
      }),
    );
    expect(digests[0]?.sha256).toBe(digests[1]?.sha256);
    expect(digests[0]?.manifest.files[0]?.mode).toBe("0755");
  });

  it("can be read back, whatever the files", async () => {
    const directory = await makeTemporaryDirectory();
    const segment = fc.stringMatching(/^[!-[\]-~]{1,12}$/).map((text) => text.replaceAll("/", "_"));
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const files = fc.array(
      fc.record({ path, content: fc.uint8Array({ maxLength: 2000 }), executable: fc.boolean() }),
      {
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(files, async (offered) => {
        const sequence = createPathSequence();
        const sorted = offered.toSorted((a, b) => (a.path < b.path ? -1 : 1));
        const entries = sorted.filter(
          (file) => findPathProblem(file.path) === null && sequence.accept(file.path) === null,
        );
        const { file, sha256, manifest } = await writeSampleBundle(directory, { entries });
        const contents = new Map<string, Buffer>();
        const read = await readBundle({
          file,
          async onEntry(entry) {
            const parts: Buffer[] = [];
            for await (const part of entry.content) parts.push(Buffer.from(part));
            contents.set(entry.path, Buffer.concat(parts));
          },
        });
        expect(read).toMatchObject({ ok: true, value: { sha256, manifest } });
        for (const entry of entries)
          expect(contents.get(entry.path)?.equals(entry.content)).toBe(true);
        expect(contents.size).toBe(entries.length + 2);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["a climbing path", { entries: [{ path: "../x", content: "" }] }],
    ["an absolute path", { entries: [{ path: "/x", content: "" }] }],
    ["a name that is not ASCII", { entries: [{ path: "docs/é.html", content: "" }] }],
    ["a path too long for the archive", { entries: [{ path: "x".repeat(120), content: "" }] }],
    [
      "the same path twice",
      {
        entries: [
          { path: "x", content: "1" },
          { path: "x", content: "2" },
        ],
      },
    ],
    [
      "a file inside a file",
      {
        entries: [
          { path: "x", content: "1" },
          { path: "x/y", content: "2" },
        ],
      },
    ],
    ["a manifest of its own", { entries: [{ path: "manifest.json", content: "{}" }] }],
    ["a version that is a path", { version: "1/2" }],
    ["no time", { createdAt: new Date(Number.NaN) }],
    ["a folder for a file", { entries: [{ path: "x", sourceFile: "/" }] }],
  ] satisfies readonly (readonly [string, Partial<WriteBundleOptions>])[])(
    "is refused with %s, and leaves nothing behind",
    async (_what, changes) => {
      const directory = await makeTemporaryDirectory();
      const outputFile = join(directory, "x.tar.gz");
      const written = await writeBundle({ ...FIELDS, entries: [], outputFile, ...changes });
      expect(written).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it("fails by value for a missing source and a missing output folder", async () => {
    const directory = await makeTemporaryDirectory();
    const outputFile = join(directory, "x.tar.gz");
    const entries = [{ path: "x", sourceFile: join(directory, "missing") }];
    const noSource = await writeBundle({ ...FIELDS, entries, outputFile });
    expect(noSource).toMatchObject({ ok: false, failure: { code: "file-missing" } });
    const noFolder = await writeBundle({
      ...FIELDS,
      entries: [],
      outputFile: join(directory, "no", "x.tar.gz"),
    });
    expect(noFolder).toMatchObject({ ok: false, failure: { code: "file-missing" } });
    await mkdir(outputFile);
    const isFolder = await writeBundle({ ...FIELDS, entries: [], outputFile });
    expect(isFolder).toMatchObject({ ok: false, failure: { code: "file-failed" } });
    expect(await readdir(directory)).toEqual(["x.tar.gz"]);
  });

  it("replaces an earlier bundle whole", async () => {
    const directory = await makeTemporaryDirectory();
    await writeFile(join(directory, "sample.tar.gz"), "an earlier one, much longer".repeat(1000));
    const { file, sizeBytes } = await writeSampleBundle(directory);
    expect(await readFile(file)).toHaveLength(sizeBytes);
  });
});
