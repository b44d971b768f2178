/** A reader of SSH's binary encoding (RFC 4251 section 5); every method throws `damaged()` past the end. */
export interface WireReader {
  readonly uint32: () => number;
  readonly string: () => Buffer;
  readonly bytes: (sizeBytes: number) => Buffer;
  readonly rest: () => Buffer;
  readonly end: () => void;
}

export function createWireReader(source: Buffer, damaged: () => Error): WireReader {
  let offset = 0;
  function bytes(sizeBytes: number): Buffer {
    if (sizeBytes > source.length - offset) throw damaged();
    offset += sizeBytes;
    return source.subarray(offset - sizeBytes, offset);
  }
  const uint32 = (): number => bytes(4).readUInt32BE();
  return {
    uint32,
    bytes,
    string: () => bytes(uint32()),
    rest: () => bytes(source.length - offset),
    end: () => {
      if (offset !== source.length) throw damaged();
    },
  };
}

/** A length-prefixed string. */
export function wireString(value: string | Uint8Array): Buffer {
  const content = Buffer.from(value);
  return Buffer.concat([wireUint32(content.length), content]);
}

export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
