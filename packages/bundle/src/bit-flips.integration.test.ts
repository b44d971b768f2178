import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatAllowedSigner } from "./signature/allowed-signers.ts";
import { signFile } from "./signature/sign-file.ts";
import { generateSigningKey } from "./signature/signing-key.ts";
import { verifySignature } from "./signature/verify-signature.ts";
import { createSeededRandom } from "./testing/create-seeded-random.ts";
import { makeTemporaryDirectory } from "./testing/make-temporary-directory.ts";
import { writeSampleBundle } from "./testing/write-sample-bundle.ts";
import { unpackBundle } from "./unpack-bundle.ts";

const FLIPS = 500;
const NAMESPACE = "bundle@sample";

it(
  `detects every one of ${FLIPS} flipped bytes, and unpacks nothing else than what was published`,
  { timeout: 60_000 },
  async () => {
    const directory = await makeTemporaryDirectory();
    const bundle = await writeSampleBundle(directory);
    const signer = generateSigningKey({ comment: "flips" });
    const signed = await signFile({
      file: bundle.file,
      privateKey: signer.privateKey,
      namespace: NAMESPACE,
    });
    const allowed = formatAllowedSigner({
      principal: "release@example.com",
      namespace: NAMESPACE,
      publicKey: signer.publicKey,
    });
    if (!signed.ok || !allowed.ok) throw new Error("the sample cannot be signed");
    const signatureFile = `${bundle.file}.sig`;
    await writeFile(signatureFile, signed.value);
    const check = {
      file: bundle.file,
      signatureFile,
      allowedSigners: allowed.value,
      namespace: NAMESPACE,
    };
    expect(await verifySignature(check)).toMatchObject({
      ok: true,
      value: { sha256: bundle.sha256 },
    });

    const good = await readFile(bundle.file);
    const random = createSeededRandom(20_260_102);
    const unpacked: number[] = [];
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const at = random(good.length);
      const bytes = Buffer.from(good);
      bytes[at] = (good[at] ?? 0) ^ (1 + random(255));
      await writeFile(bundle.file, bytes);
      const verified = await verifySignature(check);
      expect(verified, `byte ${at}`).toMatchObject({
        ok: false,
        failure: { code: "signature-mismatch" },
      });
      const loose = await unpackBundle({
        file: bundle.file,
        directory: join(directory, `out-${flip}`),
      });
      if (loose.ok) unpacked.push(at);
      const digest = loose.ok ? loose.value.manifestDigest : bundle.manifestDigest;
      expect(digest, `byte ${at}`).toBe(bundle.manifestDigest);
      const bound = await unpackBundle({
        file: bundle.file,
        directory: join(directory, "bound"),
        expectedSha256: bundle.sha256,
      });
      expect(bound.ok, `byte ${at}`).toBe(false);
    }
    // Only gzip's own header has bytes that mean nothing: time, level hint, operating system.
    expect(unpacked.filter((at) => at < 4 || at > 9)).toEqual([]);
    const left = (await readdir(directory)).filter((name) => !name.startsWith("sample"));
    expect(left).toHaveLength(unpacked.length);
  },
);
