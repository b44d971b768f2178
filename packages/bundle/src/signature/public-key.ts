import { createHash, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { BundleRefusal } from "../bundle-refusal.ts";
import { createWireReader, wireString } from "./wire.ts";

/** The only kind of key that signs bundles. */
export const KEY_TYPE = "ssh-ed25519";

const RAW_KEY_BYTES = 32;

/** What stands before the 32 raw bytes of an ed25519 key in the form that Node reads (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The key in OpenSSH's binary form, from its 32 raw bytes. */
export function encodePublicKey(raw: Buffer): Buffer {
  return Buffer.concat([wireString(KEY_TYPE), wireString(raw)]);
}

/** The key object for OpenSSH's binary form. Refuses every type but ed25519. */
export function decodePublicKey(blob: Buffer): KeyObject {
  const reader = createWireReader(blob, malformed);
  const type = reader.string().toString("latin1");
  if (type !== KEY_TYPE) throw unsupportedKey(type);
  const raw = reader.string();
  reader.end();
  if (raw.length !== RAW_KEY_BYTES) throw malformed();
  const der = Buffer.concat([SPKI_PREFIX, raw]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** The fingerprint that `ssh-keygen -l` prints, such as `SHA256:…`. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replaceAll("=", "")}`;
}

export function unsupportedKey(type: string): BundleRefusal {
  return new BundleRefusal(
    "key-unsupported",
    `The key is of type ${type.replaceAll(/[^ -~]/g, "?").slice(0, 60)}; bundles are signed with ed25519 keys only.`,
    `Make one with: ssh-keygen -t ed25519 -N "" -f bundle-signing-key`,
  );
}

function malformed(): BundleRefusal {
  return new BundleRefusal(
    "key-malformed",
    "The public key is damaged.",
    "Copy the whole key line again.",
  );
}
