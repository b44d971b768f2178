import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { BundleFailureCode } from "./bundle-failure.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { rawArchive, rawMember, readRawMembers, sealHeader } from "./testing/raw-archive.ts";
import type { RawMember } from "./testing/raw-archive.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { makeSampleArchive, unpackHostile } from "./testing/unpack-hostile.ts";
import { unpackBundle } from "./unpack-bundle.ts";

const TOP = "sample-1.2.3";
const MTIME = Date.parse("2026-01-02T03:04:05Z") / 1000;

type Change = (members: readonly RawMember[]) => readonly RawMember[];

const add =
  (path: string, changes: Partial<RawMember> = {}): Change =>
  (members) => [...members, rawMember(path, { mtimeSeconds: MTIME, ...changes })];

const change =
  (path: string, changes: (member: RawMember) => Partial<RawMember>): Change =>
  (members) =>
    members.map((member) =>
      member.path === `${TOP}/${path}` ? { ...member, ...changes(member) } : member,
    );

const changeContent = (path: string, edit: (text: string) => string): Change =>
  change(path, (member) => {
    const content = Buffer.from(edit(member.content.toString()));
    return { content, claimedBytes: content.length };
  });

const remove =
  (path: string): Change =>
  (members) =>
    members.filter((member) => member.path !== `${TOP}/${path}`);

/** What is done to a good bundle, and the code it must be refused with. */
const CASES: readonly (readonly [what: string, code: BundleFailureCode, change: Change])[] = [
  ["a path that climbs out", "entry-unsafe", add(`${TOP}/../../escaped`)],
  ["a path that climbs and comes back", "entry-unsafe", add(`${TOP}/zz/../zz`)],
  ["a path with a . segment", "entry-unsafe", add(`${TOP}/zz/./a`)],
  ["a path with an empty segment", "entry-unsafe", add(`${TOP}/zz//a`)],
  ["an absolute path", "entry-unsafe", add("/tmp/escaped")],
  ["a path that is only ..", "entry-unsafe", add("..")],
  ["an empty path", "entry-unsafe", add("")],
  ["a file beside the top folder", "entry-unsafe", add("zz-other/file")],
  ["a file at the very top", "entry-unsafe", add("zz-file")],
  [
    "a symbolic link",
    "entry-unsafe",
    add(`${TOP}/zz`, { type: "2", linkTarget: "/etc", content: Buffer.alloc(0) }),
  ],
  ["a hard link", "entry-unsafe", add(`${TOP}/zz`, { type: "1", linkTarget: `${TOP}/install.sh` })],
  ["a character device", "entry-unsafe", add(`${TOP}/zz`, { type: "3" })],
  ["a block device", "entry-unsafe", add(`${TOP}/zz`, { type: "4" })],
  ["a folder entry", "entry-unsafe", add(`${TOP}/zz/`, { type: "5" })],
  ["a fifo", "entry-unsafe", add(`${TOP}/zz`, { type: "6" })],
  ["a contiguous file", "entry-unsafe", add(`${TOP}/zz`, { type: "7" })],
  ["an old-style file type", "entry-unsafe", add(`${TOP}/zz`, { type: "\0" })],
  ["a GNU long name", "entry-unsafe", add("././@LongLink", { type: "L" })],
  ["a GNU sparse file", "entry-unsafe", add(`${TOP}/zz`, { type: "S" })],
  [
    "a pax header",
    "entry-unsafe",
    add("PaxHeader", { type: "x", content: Buffer.from("12 path=../x\n") }),
  ],
  ["a global pax header", "entry-unsafe", add("pax_global_header", { type: "g" })],
  [
    "a file that is not regular by a link name",
    "entry-unsafe",
    add(`${TOP}/zz`, { linkTarget: "/etc/passwd" }),
  ],
  ["setuid", "entry-unsafe", change("install.sh", () => ({ mode: "0004755" }))],
  ["setgid", "entry-unsafe", change("install.sh", () => ({ mode: "0002755" }))],
  ["sticky", "entry-unsafe", change("install.sh", () => ({ mode: "0001755" }))],
  ["writable by everyone", "entry-unsafe", change("install.sh", () => ({ mode: "0000777" }))],
  ["a newline in a name", "entry-unsafe", add(`${TOP}/zz\nOK`)],
  ["a terminal escape in a name", "entry-unsafe", add(`${TOP}/zz\u001b[31m`)],
  ["a C1 control in a name", "entry-unsafe", add(`${TOP}/zz\u009b31m`)],
  [
    "bytes of UTF-8 in a name",
    "entry-unsafe",
    add(Buffer.from(`${TOP}/zz-é-\u202e`).toString("latin1")),
  ],
  ["a backslash in a name", "entry-unsafe", add(`${TOP}/zz\\..\\x`)],
  [
    "a path in two spellings of the header",
    "entry-unsafe",
    add(`${TOP}/${"z".repeat(60)}/${"z".repeat(60)}\0x`),
  ],
  [
    "a huge path in a GNU long name",
    "entry-unsafe",
    add("././@LongLink", { type: "L", content: Buffer.alloc(8192, "z") }),
  ],
  [
    "a huge path in a pax record",
    "entry-unsafe",
    add("PaxHeader", { type: "x", content: Buffer.from(`8202 path=${"z".repeat(8191)}\n`) }),
  ],
  [
    "the longest path there can be",
    "entry-unexpected",
    add(`${TOP}/${"z".repeat(142)}/${"z".repeat(100)}`),
  ],
  ["a time of its own", "entry-unsafe", add(`${TOP}/zz`, { mtimeSeconds: MTIME + 1 })],
  [
    "other times than the manifest's",
    "entry-unsafe",
    (all) => all.map((one) => ({ ...one, mtimeSeconds: 1 })),
  ],
  ["the same file twice in a row", "entry-duplicate", (all) => all.flatMap((one) => [one, one])],
  ["the same file again at the end", "entry-duplicate", add(`${TOP}/install.sh`)],
  ["files out of order", "entry-duplicate", (all) => all.toReversed()],
  ["a file inside a file", "entry-duplicate", add(`${TOP}/runtime/bin/node/x`)],
  ["a file that is not in the manifest", "entry-unexpected", add(`${TOP}/zz`)],
  ["a missing file", "entry-missing", remove("install.sh")],
  ["no manifest", "entry-missing", remove("manifest.json")],
  ["no checksum list", "entry-missing", remove("files.sha256")],
  ["nothing at all", "entry-missing", () => []],
  ["another mode", "entry-mismatch", change("install.sh", () => ({ mode: "0000644" }))],
  [
    "an executable manifest",
    "entry-mismatch",
    change("manifest.json", () => ({ mode: "0000755" })),
  ],
  ["another size", "entry-mismatch", changeContent("install.sh", (text) => `${text}\n`)],
  [
    "other content of the same size",
    "entry-mismatch",
    changeContent("install.sh", (text) => text.replace("0", "1")),
  ],
  [
    "another checksum list",
    "entry-mismatch",
    changeContent("files.sha256", (text) => text.replace("install.sh", "install.so")),
  ],
  [
    "a cut checksum list",
    "entry-mismatch",
    changeContent("files.sha256", (text) => text.slice(0, 80)),
  ],
  ["a manifest that is not JSON", "manifest-invalid", changeContent("manifest.json", () => "{")],
  ["an empty manifest", "manifest-invalid", changeContent("manifest.json", () => "")],
  [
    "a manifest of another format",
    "manifest-invalid",
    changeContent("manifest.json", (text) => text.replace('"format": 1', '"format": 2')),
  ],
  [
    "a manifest of another product",
    "entry-unsafe",
    changeContent("manifest.json", (text) => text.replace('"sample"', '"simple"')),
  ],
  [
    "a manifest with another sha256",
    "entry-mismatch",
    changeContent("manifest.json", (text) => text.replace(/"sha256": "./g, '"sha256": "e')),
  ],
  [
    "a manifest of another commit",
    "entry-mismatch",
    changeContent("manifest.json", (text) => text.replace("0123", "4567")),
  ],
  [
    "a file larger than any may be",
    "limit-exceeded",
    add(`${TOP}/zz`, { claimedBytes: 8 ** 11 - 1 }),
  ],
];

describe("an archive that is not a bundle as published", () => {
  it("is made from one that is accepted unchanged", async () => {
    const directory = await makeTemporaryDirectory();
    const archive = rawArchive(readRawMembers(await makeSampleArchive()));
    expect(archive.equals(gunzipSync(await makeSampleArchive()))).toBe(true);
    const file = join(directory, "same.tar.gz");
    await writeFile(file, gzipSync(archive));
    expect(await unpackBundle({ file, directory: join(directory, "out") })).toMatchObject({
      ok: true,
    });
  });

  it.each(CASES)("is refused for %s: %s", async (_what, code, edit) => {
    const archive = rawArchive(edit(readRawMembers(await makeSampleArchive())));
    expect(await unpackHostile(gzipSync(archive))).toBe(code);
  });

  it("is refused for a header with a field no bundle uses, though its checksum is right", async () => {
    const archive = gunzipSync(await makeSampleArchive());
    for (const offset of [108, 116, 265, 297, 329, 337, 500]) {
      const edited = Buffer.from(archive);
      edited.write("1", offset, "latin1");
      sealHeader(edited.subarray(0, 512));
      expect(await unpackHostile(gzipSync(edited))).toBe("entry-unsafe");
    }
  });

  it("is refused for a header with a wrong checksum", async () => {
    const archive = gunzipSync(await makeSampleArchive());
    archive.write("x", 3, "latin1");
    expect(await unpackHostile(gzipSync(archive))).toBe("archive-damaged");
  });

  it("accepts names that differ in case only", async () => {
    const directory = await makeTemporaryDirectory();
    const entries = ["README", "Readme", "readme"].map((path) => ({ path, content: path }));
    const { file } = await writeSampleBundle(directory, { entries });
    const result = await unpackBundle({ file, directory: join(directory, "out") });
    expect(result).toMatchObject({ ok: true });
  });
});
