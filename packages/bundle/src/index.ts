export type { BundleFailure, BundleFailureCode, Result } from "./bundle-failure.ts";
export type { BundleLimits } from "./bundle-limits.ts";
export { DEFAULT_LIMITS } from "./bundle-limits.ts";
export type { Checksum } from "./checksums.ts";
export { formatChecksums, parseChecksums } from "./checksums.ts";
export { fileSha256 } from "./file-sha256.ts";
export type { Manifest, ManifestFile } from "./manifest.ts";
export {
  CHECKSUMS_NAME,
  MANIFEST_NAME,
  manifestDigest,
  parseManifest,
  topFolderOf,
} from "./manifest.ts";
export type { BundleFile } from "./plan-bundle.ts";
export { readBundle } from "./read-bundle.ts";
export type { BundleContents, BundleEntry, ReadBundleOptions } from "./scan-bundle.ts";
export { formatAllowedSigner, parseAllowedSigners } from "./signature/allowed-signers.ts";
export type { AllowedSigner } from "./signature/allowed-signers.ts";
export { signFile } from "./signature/sign-file.ts";
export type { SignFileOptions } from "./signature/sign-file.ts";
export { describeSigningKey, generateSigningKey } from "./signature/signing-key.ts";
export type { SigningKeyPair } from "./signature/signing-key.ts";
export { verifySignature } from "./signature/verify-signature.ts";
export type { VerifiedSignature, VerifySignatureOptions } from "./signature/verify-signature.ts";
export { unpackBundle } from "./unpack-bundle.ts";
export type { UnpackBundleOptions } from "./unpack-bundle.ts";
export { verifyDirectory } from "./verify-directory.ts";
export type { DirectoryDifference, VerifyDirectoryOptions } from "./verify-directory.ts";
export { writeBundle } from "./write-bundle.ts";
export type { WriteBundleOptions, WrittenBundle } from "./write-bundle.ts";
