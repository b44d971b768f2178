import { BundleRefusal } from "./bundle-refusal.ts";
import { findPathProblem, showPath } from "./bundle-path.ts";

export const BLOCK_BYTES = 512;

/** Archives are padded to this size, as `tar` does with its usual blocking factor of 20. */
export const RECORD_BYTES = 20 * BLOCK_BYTES;

/** A regular file in an archive; `path` starts with the top folder, `mtimeSeconds` counts from 1970. */
export interface TarHeader {
  readonly path: string;
  readonly mode: "0644" | "0755";
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const MAX_OCTAL_11 = 8 ** 11 - 1;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a character device",
  "4": "a block device",
  "5": "a folder entry",
  "6": "a fifo",
  L: "a GNU long name",
  K: "a GNU long link",
  S: "a sparse file",
  x: "a pax header",
  g: "a global pax header",
};

/**
 * The 512 bytes GNU tar writes for a regular file with
 * `--format=ustar --owner=0 --group=0 --numeric-owner`. Refuses a path that ustar cannot hold.
 */
export function encodeTarHeader(header: TarHeader): Buffer {
  const { name, prefix } = splitPath(header.path);
  if (header.sizeBytes > MAX_OCTAL_11) {
    throw new BundleRefusal(
      "limit-exceeded",
      `${header.path} is larger than 8 GiB.`,
      "Leave it out of the bundle.",
    );
  }
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, "latin1");
  block.write(`000${header.mode}\0`, 100, "latin1");
  block.write("0000000\0", 108, "latin1");
  block.write("0000000\0", 116, "latin1");
  block.write(`${octal(header.sizeBytes, 11)}\0`, 124, "latin1");
  block.write(`${octal(header.mtimeSeconds, 11)}\0`, 136, "latin1");
  block.write("        ", 148, "latin1");
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write("0000000\0", 329, "latin1");
  block.write("0000000\0", 337, "latin1");
  block.write(prefix, 345, "latin1");
  block.write(`${octal(byteSum(block), 6)}\0 `, 148, "latin1");
  return block;
}

/**
 * Reads one header block and refuses whatever `encodeTarHeader` would not have written, byte for
 * byte: two tar programs can never see two different archives in one bundle.
 */
export function decodeTarHeader(block: Buffer): TarHeader {
  const prefix = text(block, 345, PREFIX_BYTES);
  const name = text(block, 0, NAME_BYTES);
  const path = prefix === "" ? name : `${prefix}/${name}`;
  refuseDamage(block);
  const shown = showPath(path);
  const pathProblem = findPathProblem(path);
  if (pathProblem !== null) throw unsafe(shown, pathProblem);
  const header: TarHeader = {
    path,
    mode: readMode(block, shown),
    sizeBytes: readOctal(block, 124, 11),
    mtimeSeconds: readOctal(block, 136, 11),
  };
  if (!encodeTarHeader(header).equals(block))
    throw unsafe(shown, "its header is not in the one form this format writes");
  return header;
}

function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (path.length <= NAME_BYTES) return { name: path, prefix: "" };
  // Where GNU tar splits: at the last slash that leaves a prefix of at most 155 bytes.
  const at = path.lastIndexOf("/", PREFIX_BYTES);
  const name = path.slice(at + 1);
  if (at <= 0 || name.length > NAME_BYTES || name === "") {
    throw new BundleRefusal(
      "input-invalid",
      `${path} is too long for the archive format.`,
      "Shorten the path.",
    );
  }
  return { name, prefix: path.slice(0, at) };
}

function refuseDamage(block: Buffer): void {
  const copy = Buffer.from(block);
  copy.write("        ", 148, "latin1");
  if (readOctal(block, 148, 6) !== byteSum(copy)) {
    throw new BundleRefusal(
      "archive-damaged",
      "A header in the archive is damaged.",
      "Get the bundle again from where it was published.",
    );
  }
  const type = String.fromCharCode(block[156] ?? 0);
  if (type !== "0")
    throw unsafe(
      showPath(text(block, 0, NAME_BYTES)),
      `it is ${TYPE_NAMES[type] ?? "of an unknown type"}`,
    );
}

function readMode(block: Buffer, shown: string): "0644" | "0755" {
  const mode = text(block, 100, 8);
  if (mode === "0000644") return "0644";
  if (mode === "0000755") return "0755";
  throw unsafe(shown, `its mode is ${showPath(mode)}, not 0644 or 0755`);
}

function readOctal(block: Buffer, offset: number, digits: number): number {
  const field = block.toString("latin1", offset, offset + digits);
  return /^[0-7]+$/.test(field) ? Number.parseInt(field, 8) : -1;
}

function text(block: Buffer, offset: number, lengthBytes: number): string {
  const field = block.toString("latin1", offset, offset + lengthBytes);
  const end = field.indexOf("\0");
  return end === -1 ? field : field.slice(0, end);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function byteSum(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

function unsafe(shown: string, reason: string): BundleRefusal {
  return new BundleRefusal(
    "entry-unsafe",
    `The archive holds ${shown}, which is refused: ${reason}.`,
    "Do not use this archive: it is not a bundle as published. Get it again.",
  );
}
