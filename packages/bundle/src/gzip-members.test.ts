import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gzipMembers } from "./gzip-members.ts";
import { createSeededRandom } from "./testing/create-seeded-random.ts";

async function compress(chunks: readonly Uint8Array[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of gzipMembers(toAsync(chunks))) parts.push(part);
  return Buffer.concat(parts);
}

async function* toAsync(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
}

function makeContent(sizeBytes: number): Buffer {
  const random = createSeededRandom(sizeBytes);
  return Buffer.from(Array.from({ length: sizeBytes }, () => random(7)));
}

describe("gzip in members", () => {
  it("gives the same bytes however the input is cut into chunks", async () => {
    const content = makeContent(300_000);
    const whole = await compress([content]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 20 }),
        async (cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), content.length];
          const chunks = edges.slice(1).map((edge, index) => content.subarray(edges[index], edge));
          expect((await compress(chunks)).equals(whole)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
    expect(gunzipSync(whole).equals(content)).toBe(true);
  });

  it("keeps the order of more members than are compressed at once", async () => {
    const block = Buffer.alloc(4 * 1024 * 1024);
    const chunks = Array.from({ length: 9 }, (_, index) => Buffer.from(block.fill(index)));
    const unpacked = gunzipSync(await compress([...chunks, Buffer.from("end")]));
    expect(unpacked.equals(Buffer.concat([...chunks, Buffer.from("end")]))).toBe(true);
  });

  it("writes neither time nor machine into its header", async () => {
    const bytes = await compress([Buffer.from("x")]);
    expect(bytes.toString("hex", 0, 10)).toBe("1f8b08000000000000ff");
  });

  it("passes on an error of its input", async () => {
    async function* broken(): AsyncGenerator<Uint8Array, void> {
      yield makeContent(10);
      throw new Error("the source broke");
    }
    const drain = async (): Promise<void> => {
      for await (const _ of gzipMembers(broken()));
    };
    await expect(drain()).rejects.toThrow("the source broke");
  });
});
