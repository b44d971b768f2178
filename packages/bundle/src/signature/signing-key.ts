import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { BundleRefusal, attemptNow } from "../bundle-refusal.ts";
import type { Result } from "../bundle-failure.ts";
import { armor, unarmor } from "./armor.ts";
import {
  KEY_TYPE,
  decodePublicKey,
  encodePublicKey,
  fingerprintOf,
  unsupportedKey,
} from "./public-key.ts";
import { createWireReader, wireString, wireUint32 } from "./wire.ts";

const LABEL = "OPENSSH PRIVATE KEY";
const MAGIC = "openssh-key-v1\0";
const CIPHER_BLOCK_BYTES = 8;
const SEED_BYTES = 32;

/** What stands before the 32 secret bytes of an ed25519 key in the form that Node reads (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key pair in the text forms of OpenSSH: the private key file, and the one line of the `.pub` file. */
export interface SigningKeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A private key ready to sign, with its public half in OpenSSH's binary form. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly publicBlob: Buffer;
}

/** Makes an unencrypted ed25519 key pair, as `ssh-keygen -t ed25519 -N "" -C comment` does. Store `privateKey` with mode 0600. */
export function generateSigningKey(options: { readonly comment: string }): SigningKeyPair {
  const comment = options.comment.replaceAll(/[\r\n\0]+/g, " ").trim();
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (jwk.d === undefined || jwk.x === undefined)
    throw new Error("an exported ed25519 key has both halves");
  const seed = Buffer.from(jwk.d, "base64url");
  const raw = Buffer.from(jwk.x, "base64url");
  const publicBlob = encodePublicKey(raw);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    publicBlob,
    wireString(Buffer.concat([seed, raw])),
    wireString(comment),
  ]);
  const paddingBytes =
    (CIPHER_BLOCK_BYTES - (secret.length % CIPHER_BLOCK_BYTES)) % CIPHER_BLOCK_BYTES;
  const padding = Buffer.from(Array.from({ length: paddingBytes }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from(MAGIC),
    wireString("none"),
    wireString("none"),
    wireString(""),
    wireUint32(1),
    wireString(publicBlob),
    wireString(Buffer.concat([secret, padding])),
  ]);
  return {
    privateKey: armor(LABEL, file),
    publicKey: `${`${KEY_TYPE} ${publicBlob.toString("base64")} ${comment}`.trim()}\n`,
  };
}

/**
 * The public half and fingerprint of a private key file's text. Failures: `key-encrypted`,
 * `key-unsupported`, `key-malformed`.
 */
export function describeSigningKey(
  privateKey: string,
): Result<{ readonly publicKey: string; readonly fingerprint: string }> {
  return attemptNow(() => {
    const { publicBlob } = parseSigningKey(privateKey);
    return {
      publicKey: `${KEY_TYPE} ${publicBlob.toString("base64")}`,
      fingerprint: fingerprintOf(publicBlob),
    };
  });
}

/** Reads the text of an unencrypted OpenSSH private key. Throws refusals. */
export function parseSigningKey(text: string): SigningKey {
  const bytes = unarmor(LABEL, text);
  if (bytes === null) throw notOpenSsh(text);
  const reader = createWireReader(bytes, malformed);
  if (reader.bytes(MAGIC.length).toString("latin1") !== MAGIC) throw malformed();
  const cipher = reader.string().toString("latin1");
  reader.string();
  reader.string();
  if (cipher !== "none") throw encrypted();
  if (reader.uint32() !== 1) throw malformed();
  const publicBlob = reader.string();
  const secret = reader.string();
  reader.end();
  decodePublicKey(publicBlob);
  return { key: parseSecret(secret, publicBlob), publicBlob };
}

function parseSecret(secret: Buffer, publicBlob: Buffer): KeyObject {
  const reader = createWireReader(secret, malformed);
  if (reader.uint32() !== reader.uint32()) throw malformed();
  const type = reader.string().toString("latin1");
  if (type !== KEY_TYPE) throw unsupportedKey(type);
  const raw = reader.string();
  const pair = reader.string();
  reader.string(); // the comment
  if (!reader.rest().every((byte, index) => byte === index + 1)) throw malformed();
  const seed = pair.subarray(0, SEED_BYTES);
  if (pair.length !== 2 * SEED_BYTES || !pair.subarray(SEED_BYTES).equals(raw)) throw malformed();
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const derived = encodePublicKey(spki.subarray(-SEED_BYTES));
  // A private half that belongs to another public half would sign what no one can verify.
  if (!derived.equals(publicBlob) || !encodePublicKey(raw).equals(publicBlob)) throw malformed();
  return key;
}

function notOpenSsh(text: string): BundleRefusal {
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(text.trim())?.[1];
  if (label?.includes("ENCRYPTED") === true || text.includes("Proc-Type: 4,ENCRYPTED"))
    return encrypted();
  if (label !== undefined && label !== LABEL) return unsupportedKey(`"${label}"`);
  if (/^(ssh|ecdsa|sk)-/.test(text.trim())) {
    return new BundleRefusal(
      "key-malformed",
      "This is a public key, not a private one.",
      "Name the file without .pub.",
    );
  }
  return malformed();
}

function encrypted(): BundleRefusal {
  return new BundleRefusal(
    "key-encrypted",
    "The private key is protected by a passphrase, which is not asked for here.",
    `Sign with ssh-keygen -Y sign -f KEY -n NAMESPACE FILE, or make a copy without passphrase: ssh-keygen -p -N "" -f COPY`,
  );
}

function malformed(): BundleRefusal {
  return new BundleRefusal(
    "key-malformed",
    "The private key is not an intact OpenSSH private key.",
    "Give the whole file, from the BEGIN line to the END line.",
  );
}
