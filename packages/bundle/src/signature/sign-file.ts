import { sign } from "node:crypto";
import { BundleRefusal, attempt } from "../bundle-refusal.ts";
import type { Result } from "../bundle-failure.ts";
import { hashFile } from "../file-sha256.ts";
import { formatSshSignature, signedPayload } from "./ssh-signature.ts";
import { parseSigningKey } from "./signing-key.ts";

export interface SignFileOptions {
  readonly file: string;
  /** Text of an unencrypted OpenSSH ed25519 private key. */
  readonly privateKey: string;
  /** What the signature is for, such as `bundle@shortline`. */
  readonly namespace: string;
}

/**
 * Signs a file's bytes; gives the text for its `.sig`, the same that `ssh-keygen -Y sign` writes.
 * Failures: `key-encrypted`, `key-unsupported`, `key-malformed`, `input-invalid`, file errors.
 */
export async function signFile(options: SignFileOptions): Promise<Result<string>> {
  const { file, privateKey, namespace } = options;
  return attempt(file, async () => {
    if (!/^[!-~]+$/.test(namespace)) {
      throw new BundleRefusal(
        "input-invalid",
        "The namespace is empty or not plain text.",
        "Use bundle@<product>.",
      );
    }
    const { key, publicBlob } = parseSigningKey(privateKey);
    const hashAlgorithm = "sha512";
    const { digest } = await hashFile(file, hashAlgorithm);
    const signature = sign(null, signedPayload({ namespace, hashAlgorithm, digest }), key);
    return formatSshSignature({ publicBlob, namespace, hashAlgorithm, signature });
  });
}
