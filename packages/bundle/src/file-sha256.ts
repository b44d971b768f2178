import { createHash } from "node:crypto";
import { attempt } from "./bundle-refusal.ts";
import type { Result } from "./bundle-failure.ts";
import { openRegularFile } from "./open-regular-file.ts";

/** The sha256 of a file in hex, read as a stream. Failures: `file-missing`, `file-permission`, `file-failed`. */
export async function fileSha256(file: string): Promise<Result<string>> {
  return attempt(file, async () => (await hashFile(file, "sha256")).digest.toString("hex"));
}

/** Digest and size of a file; throws file-system errors. */
export async function hashFile(
  file: string,
  algorithm: "sha256" | "sha512",
): Promise<{ readonly digest: Buffer; readonly sizeBytes: number }> {
  const hash = createHash(algorithm);
  let sizeBytes = 0;
  for await (const chunk of readFileChunks(file)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { digest: hash.digest(), sizeBytes };
}

/** A regular file's bytes in pieces of up to 1 MiB. */
export async function* readFileChunks(file: string): AsyncGenerator<Buffer, void> {
  const { handle } = await openRegularFile(file);
  try {
    const stream = handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("a file stream gave no bytes");
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}
