/** Takes exact amounts out of a stream of chunks, holding no more than one chunk and one request. */
export interface ByteReader {
  /** Up to `limitBytes` bytes, at least one; null at the end. */
  readonly readSome: (limitBytes: number) => Promise<Buffer | null>;
  /** Exactly `sizeBytes` bytes; null when the stream ends before. For small sizes: it is held in memory. */
  readonly readExactly: (sizeBytes: number) => Promise<Buffer | null>;
  /** Ends the source; must be called however the reading ended. */
  readonly close: () => Promise<void>;
}

/** A reader over `chunks`. */
export function createByteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function readSome(limitBytes: number): Promise<Buffer | null> {
    while (held.length === 0) {
      const next = await source.next();
      if (next.done === true) return null;
      held = next.value;
    }
    const part = held.subarray(0, limitBytes);
    held = held.subarray(part.length);
    return part;
  }

  async function readExactly(sizeBytes: number): Promise<Buffer | null> {
    const whole = Buffer.alloc(sizeBytes);
    let filledBytes = 0;
    while (filledBytes < sizeBytes) {
      const part = await readSome(sizeBytes - filledBytes);
      if (part === null) return null;
      part.copy(whole, filledBytes);
      filledBytes += part.length;
    }
    return whole;
  }

  async function close(): Promise<void> {
    await source.return?.();
  }

  return { readSome, readExactly, close };
}
