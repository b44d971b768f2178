import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BundleRefusal } from "./bundle-refusal.ts";
import { findPathProblem } from "./bundle-path.ts";
import { decodeTarHeader, encodeTarHeader } from "./tar-header.ts";
import type { TarHeader } from "./tar-header.ts";

const segment = fc.stringMatching(/^[A-Za-z0-9@+_.-]{1,40}$/);

const headers = fc.record({
  path: fc
    .array(segment, { minLength: 1, maxLength: 8 })
    .map((segments) => segments.join("/"))
    .filter((path) => findPathProblem(path) === null),
  mode: fc.constantFrom("0644", "0755"),
  sizeBytes: fc.integer({ min: 0, max: 8 ** 11 - 1 }),
  mtimeSeconds: fc.integer({ min: 0, max: 8 ** 11 - 1 }),
});

function encodeOrNull(header: TarHeader): Buffer | null {
  try {
    return encodeTarHeader(header);
  } catch (error) {
    if (error instanceof BundleRefusal) return null;
    throw error;
  }
}

describe("a tar header", () => {
  it("reads back as it was written", () => {
    fc.assert(
      fc.property(headers, (header) => {
        const block = encodeOrNull(header);
        const mayBeTooLong = header.path.length > 100;
        expect(block === null ? mayBeTooLong : decodeTarHeader(block)).toEqual(
          block === null ? true : header,
        );
      }),
    );
  });

  it("is refused after any change of one byte", () => {
    const anyFlip = fc.tuple(
      headers,
      fc.integer({ min: 0, max: 511 }),
      fc.integer({ min: 1, max: 255 }),
    );
    fc.assert(
      fc.property(anyFlip, ([header, at, flip]) => {
        const block = encodeOrNull(header);
        if (block === null) return;
        block[at] = (block[at] ?? 0) ^ flip;
        expect(() => decodeTarHeader(block)).toThrow(BundleRefusal);
      }),
      { numRuns: 500 },
    );
  });

  it("never fails in another way than a refusal, whatever the block holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), (bytes) => {
        expect(() => decodeTarHeader(Buffer.from(bytes))).toThrow(BundleRefusal);
      }),
    );
  });

  it("holds a path of 256 bytes and refuses one that has nowhere to split", () => {
    const longest = `${"a".repeat(155)}/${"b".repeat(100)}`;
    const rest = { mode: "0644", sizeBytes: 0, mtimeSeconds: 0 } as const;
    expect(decodeTarHeader(encodeTarHeader({ path: longest, ...rest })).path).toBe(longest);
    for (const path of ["a".repeat(101), `a/${"b".repeat(101)}`, `${"a".repeat(156)}/b`]) {
      expect(() => encodeTarHeader({ path, ...rest })).toThrow("too long");
    }
  });

  it("refuses a file of 8 GiB", () => {
    const header = { path: "a", mode: "0644", sizeBytes: 8 ** 11, mtimeSeconds: 0 } as const;
    expect(() => encodeTarHeader(header)).toThrow("8 GiB");
  });
});
