import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { BundleFailureCode } from "./bundle-failure.ts";
import type { BundleLimits } from "./bundle-limits.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { rawArchive, rawMember, readRawMembers, sealHeader } from "./testing/raw-archive.ts";
import type { RawMember } from "./testing/raw-archive.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
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

async function expectRefusal(
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

async function makeGood(): Promise<Buffer> {
  return readFile((await writeSampleBundle(await makeTemporaryDirectory())).file);
}

describe("an archive that is not a bundle as published", () => {
  it("is made from one that is accepted unchanged", async () => {
    const directory = await makeTemporaryDirectory();
    const archive = rawArchive(readRawMembers(await makeGood()));
    expect(archive.equals(gunzipSync(await makeGood()))).toBe(true);
    const file = join(directory, "same.tar.gz");
    await writeFile(file, gzipSync(archive));
    expect(await unpackBundle({ file, directory: join(directory, "out") })).toMatchObject({
      ok: true,
    });
  });

  it.each(CASES)("is refused for %s: %s", async (_what, code, edit) => {
    const archive = rawArchive(edit(readRawMembers(await makeGood())));
    expect(await expectRefusal(gzipSync(archive))).toBe(code);
  });

  it("is refused for a header with a field no bundle uses, though its checksum is right", async () => {
    const archive = gunzipSync(await makeGood());
    for (const offset of [108, 116, 265, 297, 329, 337, 500]) {
      const edited = Buffer.from(archive);
      edited.write("1", offset, "latin1");
      sealHeader(edited.subarray(0, 512));
      expect(await expectRefusal(gzipSync(edited))).toBe("entry-unsafe");
    }
  });

  it("is refused for a header with a wrong checksum", async () => {
    const archive = gunzipSync(await makeGood());
    archive.write("x", 3, "latin1");
    expect(await expectRefusal(gzipSync(archive))).toBe("archive-damaged");
  });

  it("accepts names that differ in case only", async () => {
    const directory = await makeTemporaryDirectory();
    const entries = ["README", "Readme", "readme"].map((path) => ({ path, content: path }));
    const { file } = await writeSampleBundle(directory, { entries });
    const result = await unpackBundle({ file, directory: join(directory, "out") });
    expect(result).toMatchObject({ ok: true });
  });
});

describe("an archive that ends early or goes on", () => {
  it("is refused when cut at any of many points of the compressed file", async () => {
    const good = await makeGood();
    for (
      let length = 0;
      length < good.length;
      length += Math.max(1, Math.floor(good.length / 60))
    ) {
      expect(["archive-truncated", "archive-damaged"]).toContain(
        await expectRefusal(good.subarray(0, length)),
      );
    }
    expect(await expectRefusal(good.subarray(0, -1))).toBe("archive-truncated");
  });

  it("is refused when cut at any block of the tar", async () => {
    const tar = gunzipSync(await makeGood());
    for (let length = 0; length < tar.length; length += 512) {
      expect(await expectRefusal(gzipSync(tar.subarray(0, length)))).toBe("archive-truncated");
    }
  });

  it.each([
    ["text", Buffer.from("garbage")],
    ["a zero byte", Buffer.alloc(1)],
    ["many zero bytes", Buffer.alloc(5_000_000)],
    ["half a gzip header", Buffer.from([0x1f, 0x8b, 8])],
  ])("is refused for %s after the compressed data", async (_what, garbage) => {
    const code = await expectRefusal(Buffer.concat([await makeGood(), garbage]));
    expect(["archive-trailing-data", "archive-truncated", "archive-damaged"]).toContain(code);
  });

  it("is refused for a second archive behind the first", async () => {
    const good = await makeGood();
    expect(await expectRefusal(Buffer.concat([good, good]))).toBe("archive-trailing-data");
  });

  it("is refused for data in the padding of a file and of the archive", async () => {
    const tar = gunzipSync(await makeGood());
    const inArchive = Buffer.from(tar);
    inArchive.write("x", tar.length - 1, "latin1");
    expect(await expectRefusal(gzipSync(inArchive))).toBe("archive-trailing-data");
    const inFile = Buffer.from(tar);
    const installAt = tar.indexOf("#!/bin/sh\nexit 0\n");
    inFile.write("x", installAt + 100, "latin1");
    expect(await expectRefusal(gzipSync(inFile))).toBe("archive-trailing-data");
  });

  it("is refused when it is not gzip at all", async () => {
    expect(await expectRefusal(Buffer.from("not a gzip file, but long enough to look at"))).toBe(
      "archive-damaged",
    );
  });
});

describe("an archive that would fill the disk", () => {
  it("is refused at the first byte over the limit", async () => {
    const members = readRawMembers(await makeGood());
    const bomb = rawMember(`${TOP}/zz`, {
      content: Buffer.alloc(64 * 1024 * 1024),
      mtimeSeconds: MTIME,
    });
    const archive = gzipSync(rawArchive([...members, bomb]));
    expect(archive.length).toBeLessThan(100_000);
    const limitBytes = 1024 * 1024;
    expect(await expectRefusal(archive, { maxEntryBytes: limitBytes })).toBe("limit-exceeded");
    expect(await expectRefusal(archive, { maxTotalBytes: limitBytes })).toBe("limit-exceeded");
  });

  it("is refused for zeros without end after a good archive", async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const archive = Buffer.concat([await makeGood(), zeros]);
    expect(await expectRefusal(archive)).toBe("archive-trailing-data");
  });

  it("is refused for more files than the limit", async () => {
    expect(await expectRefusal(await makeGood(), { maxEntries: 6 })).toBe("limit-exceeded");
  });

  it("is refused for a manifest too large to hold", async () => {
    const members = readRawMembers(await makeGood());
    const content = Buffer.alloc(17 * 1024 * 1024, " ");
    const edited = members.map((one) =>
      one.path === `${TOP}/manifest.json` ? { ...one, content, claimedBytes: content.length } : one,
    );
    expect(await expectRefusal(gzipSync(rawArchive(edited)))).toBe("limit-exceeded");
  });
});
