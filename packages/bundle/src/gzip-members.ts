import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** Fixed, so that the result does not depend on how many cores compress it. */
const MEMBER_BYTES = 4 * 1024 * 1024;

/** Members compressed at once: enough to keep every usual core busy, about 50 MiB of memory. */
const MAX_IN_FLIGHT = 6;

/** The best size for its time on the Node.js binary, which is nearly all of a bundle. */
const LEVEL = 6;

/**
 * Compresses a stream as gzip members of 4 MiB of input each, several at a time on Node's thread
 * pool. `gzip -d` and `tar xzf` read the members as one file. Same input, same bytes.
 */
export async function* gzipMembers(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void> {
  const inFlight: Promise<Buffer>[] = [];
  for await (const member of cut(chunks)) {
    if (inFlight.length === MAX_IN_FLIGHT) yield* takeFirst(inFlight);
    const compressed = compressMember(member);
    // Awaited in turn; when an earlier one fails this one must not count as unhandled.
    compressed.catch(() => undefined);
    inFlight.push(compressed);
  }
  while (inFlight.length > 0) yield* takeFirst(inFlight);
}

async function* takeFirst(inFlight: Promise<Buffer>[]): AsyncGenerator<Buffer, void> {
  const first = inFlight.shift();
  if (first !== undefined) yield await first;
}

async function* cut(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  let member = Buffer.allocUnsafe(MEMBER_BYTES);
  let filledBytes = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length;) {
      const part = chunk.subarray(offset, offset + MEMBER_BYTES - filledBytes);
      member.set(part, filledBytes);
      filledBytes += part.length;
      offset += part.length;
      if (filledBytes < MEMBER_BYTES) continue;
      yield member;
      member = Buffer.allocUnsafe(MEMBER_BYTES);
      filledBytes = 0;
    }
  }
  if (filledBytes > 0) yield member.subarray(0, filledBytes);
}

async function compressMember(member: Buffer): Promise<Buffer> {
  const bytes = await compress(member, {
    level: LEVEL,
    memLevel: 8,
    windowBits: 15,
    chunkSize: MEMBER_BYTES / 2,
  });
  // RFC 1952: no modification time, no hint about the level, "unknown" operating system.
  bytes.fill(0, 4, 9);
  bytes[9] = 255;
  return bytes;
}
