import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatManifest, manifestDigest, parseManifest } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

const SHA256 = "ab".repeat(32);

const GOOD: Manifest = {
  format: 1,
  product: "shortline",
  version: "1.2.3",
  commit: "0123456789abcdef0123456789abcdef01234567",
  arch: "linux-x64",
  createdAt: "2026-01-02T03:04:05Z",
  files: [
    { path: "app/main.js", mode: "0644", sizeBytes: 3, sha256: SHA256 },
    { path: "install.sh", mode: "0755", sizeBytes: 0, sha256: SHA256 },
  ],
};

function parseChanged(change: object): ReturnType<typeof parseManifest> {
  return parseManifest(JSON.stringify({ ...GOOD, ...change }));
}

describe("a manifest", () => {
  it("reads back as it was written, with the same digest each time", () => {
    const text = formatManifest(GOOD);
    const parsed = parseManifest(text);
    expect(parsed).toEqual({ ok: true, value: GOOD });
    expect(manifestDigest(Buffer.from(text))).toBe(
      manifestDigest(Buffer.from(formatManifest(GOOD))),
    );
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("of a newer release may say more than this version knows", () => {
    expect(parseChanged({ minimumVersion: "1.0.0" })).toEqual({ ok: true, value: GOOD });
  });

  it.each([
    ["another format", { format: 2 }],
    ["no version", { version: undefined }],
    ["a version that is a path", { version: "../1" }],
    ["a product that is a path", { product: "a/b" }],
    ["a short commit", { commit: "0123456" }],
    ["an unknown architecture", { arch: "plan9-mips" }],
    ["a date that does not exist", { createdAt: "2026-02-30T00:00:00Z" }],
    ["a time with fractions", { createdAt: "2026-01-02T03:04:05.500Z" }],
    ["a time before 1970", { createdAt: "1969-12-31T23:59:59Z" }],
    ["a file with a climbing path", { files: [{ ...GOOD.files[0], path: "../x" }] }],
    ["a file with an empty path", { files: [{ ...GOOD.files[0], path: "" }] }],
    ["a file with an absolute path", { files: [{ ...GOOD.files[0], path: "/etc/passwd" }] }],
    ["a setuid file", { files: [{ ...GOOD.files[0], mode: "4755" }] }],
    ["a negative size", { files: [{ ...GOOD.files[0], sizeBytes: -1 }] }],
    ["a size beyond exact integers", { files: [{ ...GOOD.files[0], sizeBytes: 2 ** 60 }] }],
    ["an upper-case sha256", { files: [{ ...GOOD.files[0], sha256: SHA256.toUpperCase() }] }],
    ["the same file twice", { files: [GOOD.files[0], GOOD.files[0]] }],
    ["files out of order", { files: GOOD.files.toReversed() }],
    [
      "a file inside a file",
      {
        files: [
          { ...GOOD.files[0], path: "a" },
          { ...GOOD.files[0], path: "a/b" },
        ],
      },
    ],
    ["itself", { files: [{ ...GOOD.files[0], path: "manifest.json" }] }],
  ])("is refused with %s", (_what, change) => {
    expect(parseChanged(change)).toMatchObject({
      ok: false,
      failure: { code: "manifest-invalid" },
    });
  });

  it("never fails in another way than by value, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseManifest(text).ok).toBe(false);
      }),
    );
  });
});
