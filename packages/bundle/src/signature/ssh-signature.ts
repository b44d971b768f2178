import { BundleRefusal } from "../bundle-refusal.ts";
import { armor, unarmor } from "./armor.ts";
import { KEY_TYPE, unsupportedKey } from "./public-key.ts";
import { createWireReader, wireString, wireUint32 } from "./wire.ts";

const LABEL = "SSH SIGNATURE";
const MAGIC = "SSHSIG";
const VERSION = 1;
const ED25519_SIGNATURE_BYTES = 64;

/** What a signature file says (OpenSSH's PROTOCOL.sshsig). `signature` is the raw 64 bytes. */
export interface SshSignature {
  readonly publicBlob: Buffer;
  readonly namespace: string;
  readonly hashAlgorithm: "sha256" | "sha512";
  readonly signature: Buffer;
}

export function formatSshSignature(value: SshSignature): string {
  const inner = Buffer.concat([wireString(KEY_TYPE), wireString(value.signature)]);
  return armor(
    LABEL,
    Buffer.concat([
      Buffer.from(MAGIC),
      wireUint32(VERSION),
      wireString(value.publicBlob),
      wireString(value.namespace),
      wireString(""),
      wireString(value.hashAlgorithm),
      wireString(inner),
    ]),
  );
}

/** Reads a signature file's text. Throws refusals. */
export function parseSshSignature(text: string): SshSignature {
  const bytes = unarmor(LABEL, text);
  if (bytes === null) throw malformed();
  const reader = createWireReader(bytes, malformed);
  if (reader.bytes(MAGIC.length).toString("latin1") !== MAGIC || reader.uint32() !== VERSION)
    throw malformed();
  const publicBlob = reader.string();
  const namespace = reader.string().toString("utf8");
  const reserved = reader.string();
  const hashAlgorithm = reader.string().toString("latin1");
  const inner = createWireReader(reader.string(), malformed);
  reader.end();
  const type = inner.string().toString("latin1");
  if (type !== KEY_TYPE) throw unsupportedKey(type);
  const signature = inner.string();
  inner.end();
  if (reserved.length !== 0 || signature.length !== ED25519_SIGNATURE_BYTES) throw malformed();
  if (hashAlgorithm !== "sha256" && hashAlgorithm !== "sha512") throw malformed();
  return { publicBlob, namespace, hashAlgorithm, signature };
}

/** The bytes that the key signs for a file with this digest. */
export function signedPayload(value: {
  readonly namespace: string;
  readonly hashAlgorithm: "sha256" | "sha512";
  readonly digest: Buffer;
}): Buffer {
  return Buffer.concat([
    Buffer.from(MAGIC),
    wireString(value.namespace),
    wireString(""),
    wireString(value.hashAlgorithm),
    wireString(value.digest),
  ]);
}

function malformed(): BundleRefusal {
  return new BundleRefusal(
    "signature-malformed",
    "The signature file is damaged or not an SSH signature.",
    "Get the .sig file again from where the bundle was published.",
  );
}
