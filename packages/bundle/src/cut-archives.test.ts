import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { rawArchive, rawMember, readRawMembers } from "./testing/raw-archive.ts";
import { makeSampleArchive, unpackHostile } from "./testing/unpack-hostile.ts";

const TOP = "sample-1.2.3";
const MTIME = Date.parse("2026-01-02T03:04:05Z") / 1000;

describe("an archive that ends early or goes on", () => {
  it("is refused when cut at any of many points of the compressed file", async () => {
    const good = await makeSampleArchive();
    for (
      let length = 0;
      length < good.length;
      length += Math.max(1, Math.floor(good.length / 60))
    ) {
      expect(["archive-truncated", "archive-damaged"]).toContain(
        await unpackHostile(good.subarray(0, length)),
      );
    }
    expect(await unpackHostile(good.subarray(0, -1))).toBe("archive-truncated");
  });

  it("is refused when cut at any block of the tar", async () => {
    const tar = gunzipSync(await makeSampleArchive());
    for (let length = 0; length < tar.length; length += 512) {
      expect(await unpackHostile(gzipSync(tar.subarray(0, length)))).toBe("archive-truncated");
    }
  });

  it.each([
    ["text", Buffer.from("garbage")],
    ["a zero byte", Buffer.alloc(1)],
    ["many zero bytes", Buffer.alloc(5_000_000)],
    ["half a gzip header", Buffer.from([0x1f, 0x8b, 8])],
  ])("is refused for %s after the compressed data", async (_what, garbage) => {
    const code = await unpackHostile(Buffer.concat([await makeSampleArchive(), garbage]));
    expect(["archive-trailing-data", "archive-truncated", "archive-damaged"]).toContain(code);
  });

  it("is refused for a second archive behind the first", async () => {
    const good = await makeSampleArchive();
    expect(await unpackHostile(Buffer.concat([good, good]))).toBe("archive-trailing-data");
  });

  it("is refused for data in the padding of a file and of the archive", async () => {
    const tar = gunzipSync(await makeSampleArchive());
    const inArchive = Buffer.from(tar);
    inArchive.write("x", tar.length - 1, "latin1");
    expect(await unpackHostile(gzipSync(inArchive))).toBe("archive-trailing-data");
    const inFile = Buffer.from(tar);
    const installAt = tar.indexOf("#!/bin/sh\nexit 0\n");
    inFile.write("x", installAt + 100, "latin1");
    expect(await unpackHostile(gzipSync(inFile))).toBe("archive-trailing-data");
  });

  it("is refused when it is not gzip at all", async () => {
    expect(await unpackHostile(Buffer.from("not a gzip file, but long enough to look at"))).toBe(
      "archive-damaged",
    );
  });
});

describe("an archive that would fill the disk", () => {
  it("is refused at the first byte over the limit", async () => {
    const members = readRawMembers(await makeSampleArchive());
    const bomb = rawMember(`${TOP}/zz`, {
      content: Buffer.alloc(64 * 1024 * 1024),
      mtimeSeconds: MTIME,
    });
    const archive = gzipSync(rawArchive([...members, bomb]));
    expect(archive.length).toBeLessThan(100_000);
    const limitBytes = 1024 * 1024;
    expect(await unpackHostile(archive, { maxEntryBytes: limitBytes })).toBe("limit-exceeded");
    expect(await unpackHostile(archive, { maxTotalBytes: limitBytes })).toBe("limit-exceeded");
  });

  it("is refused for zeros without end after a good archive", async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const archive = Buffer.concat([await makeSampleArchive(), zeros]);
    expect(await unpackHostile(archive)).toBe("archive-trailing-data");
  });

  it("is refused for more files than the limit", async () => {
    expect(await unpackHostile(await makeSampleArchive(), { maxEntries: 6 })).toBe(
      "limit-exceeded",
    );
  });

  it("is refused for a manifest too large to hold", async () => {
    const members = readRawMembers(await makeSampleArchive());
    const content = Buffer.alloc(17 * 1024 * 1024, " ");
    const edited = members.map((one) =>
      one.path === `${TOP}/manifest.json` ? { ...one, content, claimedBytes: content.length } : one,
    );
    expect(await unpackHostile(gzipSync(rawArchive(edited)))).toBe("limit-exceeded");
  });
});
