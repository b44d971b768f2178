import { expect, test } from "vitest";
import { checkAddressFree, checkSpace, checkWritable } from "./preflight-checks.ts";

const MIB = 1024 * 1024;

test("space is counted over all directories, with some to spare, and the failure says how much is missing", () => {
  const needs = [
    { directory: "/nowhere/releases", sizeBytes: 100 * MIB },
    { directory: "/nowhere/backups", sizeBytes: 10 * MIB },
  ];
  expect(checkSpace(needs, () => 174 * MIB).ok).toBe(true);
  expect(checkSpace(needs, () => 173 * MIB)).toMatchObject({
    ok: false,
    failure: {
      code: "disk-full",
      next: "Free 1 MiB on that file system, then run the command again.",
    },
  });
});

test("a directory that is not there yet is judged by the one it would be made in", () => {
  expect(checkWritable(["/tmp/not/there/yet"]).ok).toBe(true);
  // A file stands where the directory would be made; that stops root as well.
  expect(checkWritable([`${import.meta.filename}/not/there`])).toMatchObject({
    ok: false,
    failure: { code: "not-writable" },
  });
});

test("a socket needs its folder, an address must be this machine's", () => {
  expect(checkAddressFree({ path: "/tmp/not/there/s.sock" })).toMatchObject({
    failure: { code: "listen-refused" },
  });
  expect(checkAddressFree({ host: "192.0.2.1", port: 1 })).toMatchObject({
    failure: { code: "listen-refused" },
  });
  expect(checkAddressFree({ host: "127.0.0.1", port: 0 }).ok).toBe(true);
});
