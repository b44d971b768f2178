import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { BundleRefusal } from "./bundle-refusal.ts";
import { openRegularFile } from "./open-regular-file.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * The unpacked bytes of a gzip file of any number of members. `onCompressed` sees the file's own
 * bytes. Throws a refusal when it is damaged, cut short, or goes on after the last member.
 */
export async function* gunzipFile(
  file: string,
  onCompressed: (bytes: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  const { handle, sizeBytes } = await openRegularFile(file);
  try {
    yield* gunzipHandle(handle, sizeBytes, onCompressed);
  } catch (error) {
    throw refusalFor(error) ?? error;
  } finally {
    await handle.close();
  }
}

async function* gunzipHandle(
  handle: FileHandle,
  sizeBytes: number,
  onCompressed: (bytes: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  const source = handle.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const pumping = pipeline(
    source,
    async function* tap(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        onCompressed(chunk);
        yield chunk;
      }
    },
    gunzip,
  );
  // Its error also reaches the loop below, which reports it.
  pumping.catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield asBuffer(chunk);
  } finally {
    gunzip.destroy();
    await pumping.catch(() => undefined);
  }
  if (gunzip.bytesWritten !== sizeBytes) {
    throw new BundleRefusal(
      "archive-trailing-data",
      "Data follows the end of the compressed archive.",
      "Do not use this archive: it is not a bundle as published. Get it again.",
    );
  }
}

function asBuffer(chunk: unknown): Buffer {
  if (!Buffer.isBuffer(chunk)) throw new TypeError("gunzip gave something other than bytes");
  return chunk;
}

function refusalFor(error: unknown): BundleRefusal | null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const next = "Copy or download the bundle again and compare its size and sha256.";
  if (code === "Z_BUF_ERROR")
    return new BundleRefusal(
      "archive-truncated",
      "The archive ends too early: it was cut short.",
      next,
    );
  if (code.startsWith("Z_"))
    return new BundleRefusal("archive-damaged", "The archive is damaged or not a gzip file.", next);
  return null;
}
