import { BundleRefusal } from "./bundle-refusal.ts";
import type { BundleLimits } from "./bundle-limits.ts";
import { createByteReader } from "./byte-reader.ts";
import type { ByteReader } from "./byte-reader.ts";
import { BLOCK_BYTES, RECORD_BYTES, decodeTarHeader } from "./tar-header.ts";
import type { TarHeader } from "./tar-header.ts";

/** One file of an archive; `content` must be read to its end before the next entry is asked for. */
export interface TarEntry {
  readonly header: TarHeader;
  readonly content: AsyncGenerator<Buffer, void>;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * Reads the entries of a tar stream one by one, with the memory of one chunk. Throws a refusal for
 * anything but regular files in canonical headers, a stream cut short, data after the end, or a
 * limit passed.
 */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
  limits: BundleLimits,
): AsyncGenerator<TarEntry, void> {
  const reader = createByteReader(chunks);
  try {
    yield* readEntries(reader, limits);
  } finally {
    await reader.close();
  }
}

async function* readEntries(
  reader: ByteReader,
  limits: BundleLimits,
): AsyncGenerator<TarEntry, void> {
  let offsetBytes = 0;
  let contentBytes = 0;
  for (let count = 0; ; count += 1) {
    const block = await readBlock(reader);
    offsetBytes += BLOCK_BYTES;
    if (isZero(block)) break;
    const header = decodeTarHeader(block);
    contentBytes += header.sizeBytes;
    refuseExcess({ header, count, contentBytes }, limits);
    let leftBytes = header.sizeBytes;
    const content = readContent(reader, leftBytes, (sizeBytes) => (leftBytes -= sizeBytes));
    yield { header, content };
    if (leftBytes !== 0) throw new Error(`the content of ${header.path} was not read to its end`);
    offsetBytes += header.sizeBytes + (await skipPadding(reader, header.sizeBytes));
  }
  await readEnd(reader, offsetBytes);
}

async function readBlock(reader: ByteReader): Promise<Buffer> {
  const block = await reader.readExactly(BLOCK_BYTES);
  if (block === null) throw truncated();
  return block;
}

function refuseExcess(
  seen: { readonly header: TarHeader; readonly count: number; readonly contentBytes: number },
  limits: BundleLimits,
): void {
  if (seen.count >= limits.maxEntries) throw tooMuch(`more than ${limits.maxEntries} files`);
  if (seen.header.sizeBytes > limits.maxEntryBytes) {
    throw tooMuch(`${seen.header.path} with more than ${limits.maxEntryBytes} bytes`);
  }
  if (seen.contentBytes > limits.maxTotalBytes)
    throw tooMuch(`more than ${limits.maxTotalBytes} bytes in all`);
}

async function* readContent(
  reader: ByteReader,
  sizeBytes: number,
  onPiece: (sizeBytes: number) => void,
): AsyncGenerator<Buffer, void> {
  let leftBytes = sizeBytes;
  while (leftBytes > 0) {
    const piece = await reader.readSome(Math.min(leftBytes, PIECE_BYTES));
    if (piece === null) throw truncated();
    leftBytes -= piece.length;
    onPiece(piece.length);
    yield piece;
  }
}

async function skipPadding(reader: ByteReader, sizeBytes: number): Promise<number> {
  const paddingBytes = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
  const padding = await reader.readExactly(paddingBytes);
  if (padding === null) throw truncated();
  if (!isZero(padding)) throw trailing("Data is hidden between two files of the archive.");
  return paddingBytes;
}

/** After the first zero block: zeros up to a whole record, then nothing. */
async function readEnd(reader: ByteReader, offsetBytes: number): Promise<void> {
  const endBytes = Math.ceil((offsetBytes + BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
  const rest = await reader.readExactly(endBytes - offsetBytes);
  if (rest === null) throw truncated();
  if (!isZero(rest) || (await reader.readSome(1)) !== null)
    throw trailing("Data follows the end of the archive.");
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function truncated(): BundleRefusal {
  return new BundleRefusal(
    "archive-truncated",
    "The archive ends too early: it was cut short.",
    "Copy or download the bundle again and compare its size and sha256.",
  );
}

function trailing(message: string): BundleRefusal {
  return new BundleRefusal(
    "archive-trailing-data",
    message,
    "Do not use this archive: it is not a bundle as published. Get it again.",
  );
}

function tooMuch(what: string): BundleRefusal {
  return new BundleRefusal(
    "limit-exceeded",
    `The archive holds ${what}, which is over the limit.`,
    "Do not use this archive unless you know why it is that large; then raise the limit.",
  );
}
