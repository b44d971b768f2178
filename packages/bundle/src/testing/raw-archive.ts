import { gunzipSync } from "node:zlib";

/** A tar member with nothing checked: for archives that no honest program writes. */
export interface RawMember {
  readonly path: string;
  readonly content: Buffer;
  /** Octal digits of the mode field, such as `0000644`. */
  readonly mode: string;
  readonly type: string;
  readonly linkTarget: string;
  readonly mtimeSeconds: number;
  /** What the header claims; the content's own size unless set. */
  readonly claimedBytes: number;
}

const BLOCK_BYTES = 512;
const RECORD_BYTES = 10_240;

export function rawMember(path: string, changes: Partial<RawMember> = {}): RawMember {
  const content = changes.content ?? Buffer.from("content\n");
  return {
    path,
    content,
    mode: "0000644",
    type: "0",
    linkTarget: "",
    mtimeSeconds: 1_700_000_000,
    claimedBytes: content.length,
    ...changes,
  };
}

/** A tar of the members, padded as `tar` pads it. */
export function rawArchive(members: readonly RawMember[]): Buffer {
  const body = Buffer.concat(
    members.flatMap((member) => [rawHeader(member), padded(member.content)]),
  );
  const totalBytes = Math.ceil((body.length + 2 * BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
  return Buffer.concat([body, Buffer.alloc(totalBytes - body.length)]);
}

/** The members of a well-formed `.tar.gz` with short paths, ready to be changed. */
export function readRawMembers(gzipped: Buffer): readonly RawMember[] {
  const tar = gunzipSync(gzipped);
  const members: RawMember[] = [];
  for (let offset = 0; tar[offset] !== 0;) {
    const sizeBytes = Number.parseInt(tar.toString("latin1", offset + 124, offset + 135), 8);
    const start = offset + BLOCK_BYTES;
    const path = tar.toString("latin1", offset, offset + 100).replace(/\0.*$/s, "");
    members.push(
      rawMember(path, {
        content: tar.subarray(start, start + sizeBytes),
        mode: tar.toString("latin1", offset + 100, offset + 107),
        mtimeSeconds: Number.parseInt(tar.toString("latin1", offset + 136, offset + 147), 8),
      }),
    );
    offset = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return members;
}

function rawHeader(member: RawMember): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const path = Buffer.from(member.path, "latin1");
  const slash = path.length > 100 ? path.lastIndexOf("/", 155) : -1;
  path.copy(block, 0, slash + 1, Math.min(path.length, slash + 101));
  if (slash > 0) path.copy(block, 345, 0, slash);
  block.write(`${member.mode}\0`, 100, "latin1");
  block.write("0000000\0" + "0000000\0", 108, "latin1");
  block.write(`${member.claimedBytes.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  block.write(`${member.mtimeSeconds.toString(8).padStart(11, "0")}\0`, 136, "latin1");
  block.write(`        ${member.type}${member.linkTarget}`, 148, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write("0000000\0" + "0000000\0", 329, "latin1");
  return sealHeader(block);
}

/** Puts the right checksum into a changed header. */
export function sealHeader(block: Buffer): Buffer {
  block.write("        ", 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function padded(content: Buffer): Buffer {
  const sizeBytes = Math.ceil(content.length / BLOCK_BYTES) * BLOCK_BYTES;
  return Buffer.concat([content, Buffer.alloc(sizeBytes - content.length)]);
}
