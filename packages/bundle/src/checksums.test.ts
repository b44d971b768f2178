import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatChecksums, parseChecksums } from "./checksums.ts";

const SHA256 = "0f".repeat(32);

describe("a checksum list", () => {
  it("reads back as it was written", () => {
    const lines = fc.uniqueArray(
      fc.record({
        path: fc.stringMatching(/^[ -[\]-~]{1,60}$/),
        sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      }),
      { minLength: 1, selector: (line) => line.path },
    );
    fc.assert(
      fc.property(lines, (checksums) => {
        expect(parseChecksums(formatChecksums(checksums))).toEqual({ ok: true, value: checksums });
      }),
    );
  });

  it("may be in sha256sum's binary mode", () => {
    const parsed = parseChecksums(`${SHA256} *file\n`);
    expect(parsed).toEqual({ ok: true, value: [{ path: "file", sha256: SHA256 }] });
  });

  it.each([
    ["nothing", ""],
    ["an empty line", "\n"],
    ["no final newline", `${SHA256}  file`],
    ["a cut line", `${SHA256}  file\n${SHA256.slice(0, 30)}\n`],
    ["no name", `${SHA256}  \n`],
    ["an escaped name", `\\${SHA256}  fi\\nle\n`],
    ["the same name twice", `${SHA256}  file\n${SHA256}  file\n`],
    ["another digest", `${"0f".repeat(20)}  file\n`],
  ])("is refused with %s", (_what, text) => {
    expect(parseChecksums(text)).toMatchObject({
      ok: false,
      failure: { code: "checksums-invalid" },
    });
  });
});
