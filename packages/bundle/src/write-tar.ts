import { createHash } from "node:crypto";
import { BundleRefusal } from "./bundle-refusal.ts";
import { readFileChunks } from "./file-sha256.ts";
import { BLOCK_BYTES, RECORD_BYTES, encodeTarHeader } from "./tar-header.ts";
import type { TarHeader } from "./tar-header.ts";

/** A file to be written: `content` is its bytes, or the path of the file that holds them. */
export interface TarMember {
  readonly header: TarHeader;
  readonly sha256: string;
  readonly content: Buffer | string;
}

/** The bytes of a ustar archive, as `tar --format=ustar` writes it. Refuses a source that changed since it was hashed. */
export async function* writeTar(members: readonly TarMember[]): AsyncGenerator<Buffer, void> {
  // Before the first byte: a path too long is known without having written anything.
  const headers = members.map((member) => encodeTarHeader(member.header));
  let offsetBytes = 0;
  for (const [index, member] of members.entries()) {
    const header = headers[index];
    if (header === undefined) throw new Error("every member has a header");
    yield header;
    yield* writeContent(member);
    const { sizeBytes } = member.header;
    const paddingBytes = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    yield Buffer.alloc(paddingBytes);
    offsetBytes += BLOCK_BYTES + sizeBytes + paddingBytes;
  }
  const endBytes = Math.ceil((offsetBytes + 2 * BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
  yield Buffer.alloc(endBytes - offsetBytes);
}

async function* writeContent(member: TarMember): AsyncGenerator<Buffer, void> {
  if (typeof member.content !== "string") {
    yield member.content;
    return;
  }
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of readFileChunks(member.content)) {
    sizeBytes += chunk.length;
    if (sizeBytes > member.header.sizeBytes) throw changed(member.content);
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== member.sha256) throw changed(member.content);
}

function changed(file: string): BundleRefusal {
  return new BundleRefusal(
    "source-changed",
    `${file} changed while the bundle was written.`,
    "Let nothing write to the source files, then run again.",
  );
}
