import { createHash, verify } from "node:crypto";
import { BundleRefusal, attempt, valueOrRefuse } from "../bundle-refusal.ts";
import type { Result } from "../bundle-failure.ts";
import { readFileChunks } from "../file-sha256.ts";
import { openRegularFile } from "../open-regular-file.ts";
import { maySignFor, parseAllowedSigners } from "./allowed-signers.ts";
import type { AllowedSigner } from "./allowed-signers.ts";
import { decodePublicKey, fingerprintOf } from "./public-key.ts";
import { parseSshSignature, signedPayload } from "./ssh-signature.ts";
import type { SshSignature } from "./ssh-signature.ts";

export interface VerifySignatureOptions {
  readonly file: string;
  readonly signatureFile: string;
  /** Text of an OpenSSH allowed signers file: the keys trusted. */
  readonly allowedSigners: string;
  /** What the signature must be for, such as `bundle@shortline`. */
  readonly namespace: string;
}

/** Who signed. `sha256` is that of the bytes verified: hand it to `unpackBundle` as `expectedSha256`. */
export interface VerifiedSignature {
  readonly principal: string;
  readonly keyFingerprint: string;
  readonly sha256: string;
}

const MAX_SIGNATURE_BYTES = 64 * 1024;

/**
 * Checks that `file` was signed for `namespace` by one of the allowed signers; equivalent to
 * `ssh-keygen -Y verify`. Failures: `signature-malformed`, `signature-mismatch`, `signer-unknown`,
 * `namespace-mismatch`, `allowed-signers-invalid`, `key-unsupported`, file errors.
 */
export async function verifySignature(
  options: VerifySignatureOptions,
): Promise<Result<VerifiedSignature>> {
  return attempt(options.file, async () => {
    const signers = valueOrRefuse(parseAllowedSigners(options.allowedSigners));
    const signature = parseSshSignature(await readBounded(options.signatureFile));
    const publicKey = decodePublicKey(signature.publicBlob);
    const signer = findSigner(signature, signers, options.namespace);
    const payload = createHash(signature.hashAlgorithm);
    const identity = createHash("sha256");
    for await (const chunk of readFileChunks(options.file)) {
      payload.update(chunk);
      identity.update(chunk);
    }
    const { namespace, hashAlgorithm } = signature;
    const signed = signedPayload({ namespace, hashAlgorithm, digest: payload.digest() });
    if (!verify(null, signed, publicKey, signature.signature)) {
      throw new BundleRefusal(
        "signature-mismatch",
        `${options.file} is not the file that was signed: the signature does not match its content.`,
        "Do not use it. Get the file and its .sig again; if it stays so, tell the publisher.",
      );
    }
    const principal = signer.principals[0] ?? "";
    return { principal, keyFingerprint: signer.fingerprint, sha256: identity.digest("hex") };
  });
}

async function readBounded(file: string): Promise<string> {
  const { handle } = await openRegularFile(file);
  try {
    const buffer = Buffer.alloc(MAX_SIGNATURE_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, MAX_SIGNATURE_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function findSigner(
  signature: SshSignature,
  signers: readonly AllowedSigner[],
  namespace: string,
): AllowedSigner {
  if (signature.namespace !== namespace) {
    throw new BundleRefusal(
      "namespace-mismatch",
      `The signature is for something other than "${namespace}".`,
      "Use the .sig file published beside this bundle.",
    );
  }
  const sameKey = signers.filter((signer) => signer.publicBlob.equals(signature.publicBlob));
  const signer = sameKey.find((candidate) => maySignFor(candidate, namespace));
  if (signer !== undefined) return signer;
  const fingerprint = fingerprintOf(signature.publicBlob);
  if (sameKey.length === 0) {
    throw new BundleRefusal(
      "signer-unknown",
      `The signature was made by ${fingerprint}, which is not among the allowed signers.`,
      "If the publisher confirms this key by another way, add it to the allowed signers; otherwise do not use the file.",
    );
  }
  throw new BundleRefusal(
    "namespace-mismatch",
    `The key ${fingerprint} is allowed, but not for "${namespace}".`,
    "Add the namespace to its line in the allowed signers if the publisher says so; otherwise do not use the file.",
  );
}
