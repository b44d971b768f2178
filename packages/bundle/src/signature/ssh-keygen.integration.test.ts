import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { makeTemporaryDirectory } from "../testing/make-temporary-directory.ts";
import { runTool, skipWithout } from "../testing/run-tool.ts";
import type { ToolOutcome } from "../testing/run-tool.ts";
import { formatAllowedSigner } from "./allowed-signers.ts";
import { signFile } from "./sign-file.ts";
import { describeSigningKey, generateSigningKey } from "./signing-key.ts";
import { verifySignature } from "./verify-signature.ts";

const NAMESPACE = "bundle@sample";
const PRINCIPAL = "release@example.com";

interface Scene {
  readonly directory: string;
  readonly file: string;
  readonly signatureFile: string;
  readonly keyFile: string;
  readonly privateKey: string;
  readonly allowedSigners: string;
  readonly allowedSignersFile: string;
}

/** A file to sign and a key, made here or by ssh-keygen. */
async function prepare(maker: "here" | "ssh-keygen"): Promise<Scene> {
  const directory = await makeTemporaryDirectory();
  const keyFile = join(directory, "key");
  if (maker === "ssh-keygen") {
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "made by ssh-keygen", "-f", keyFile);
  } else {
    const pair = generateSigningKey({ comment: "made here" });
    await writeFile(keyFile, pair.privateKey, { mode: 0o600 });
    await writeFile(`${keyFile}.pub`, pair.publicKey);
  }
  const file = join(directory, "data.tar.gz");
  await writeFile(file, Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251)));
  const publicKey = await readFile(`${keyFile}.pub`, "utf8");
  const allowed = formatAllowedSigner({ principal: PRINCIPAL, namespace: NAMESPACE, publicKey });
  if (!allowed.ok) throw new Error(allowed.failure.message);
  const allowedSignersFile = join(directory, "allowed_signers");
  await writeFile(allowedSignersFile, allowed.value);
  const privateKey = await readFile(keyFile, "utf8");
  const signatureFile = `${file}.sig`;
  return {
    directory,
    file,
    signatureFile,
    keyFile,
    privateKey,
    allowedSigners: allowed.value,
    allowedSignersFile,
  };
}

function keygen(...args: readonly string[]): ToolOutcome {
  return runTool("ssh-keygen", args);
}

function verifyWithTool(scene: Scene, input: Buffer): ToolOutcome {
  const { allowedSignersFile, signatureFile } = scene;
  const args = [
    "-Y",
    "verify",
    "-f",
    allowedSignersFile,
    "-I",
    PRINCIPAL,
    "-n",
    NAMESPACE,
    "-s",
    signatureFile,
  ];
  return runTool("ssh-keygen", args, { input });
}

function verifyHere(
  scene: Scene,
  changes: { readonly namespace?: string; readonly allowedSigners?: string } = {},
) {
  const { file, signatureFile, allowedSigners } = scene;
  return verifySignature({ file, signatureFile, allowedSigners, namespace: NAMESPACE, ...changes });
}

async function sign(scene: Scene): Promise<string> {
  const signed = await signFile({
    file: scene.file,
    privateKey: scene.privateKey,
    namespace: NAMESPACE,
  });
  if (!signed.ok) throw new Error(signed.failure.message);
  await writeFile(scene.signatureFile, signed.value);
  return signed.value;
}

describe("signatures and ssh-keygen", () => {
  beforeEach(skipWithout(["ssh-keygen"]));

  for (const maker of ["here", "ssh-keygen"] as const) {
    it(`agree in both directions on a key made by ${maker}`, async () => {
      const scene = await prepare(maker);
      const ours = await sign(scene);
      const content = await readFile(scene.file);
      expect(verifyWithTool(scene, content)).toMatchObject({ exitCode: 0 });
      expect(verifyWithTool(scene, Buffer.concat([content, Buffer.from("x")])).exitCode).not.toBe(
        0,
      );

      await writeFile(scene.signatureFile, "");
      const signArgs = ["-Y", "sign", "-f", scene.keyFile, "-n", NAMESPACE];
      const theirs = runTool("ssh-keygen", signArgs, { input: content }).stdout;
      expect(theirs).toBe(ours);
      await writeFile(scene.signatureFile, theirs);
      const fingerprint = keygen("-l", "-f", `${scene.keyFile}.pub`).stdout.split(" ")[1];
      expect(await verifyHere(scene)).toMatchObject({
        ok: true,
        value: { principal: PRINCIPAL, keyFingerprint: fingerprint },
      });
    });
  }

  it("accept sha256 as ssh-keygen's other digest", async () => {
    const scene = await prepare("here");
    keygen("-Y", "sign", "-O", "hashalg=sha256", "-f", scene.keyFile, "-n", NAMESPACE, scene.file);
    expect(await verifyHere(scene)).toMatchObject({ ok: true });
  });

  it("agree on a key made here: ssh-keygen prints its public half and comment", async () => {
    const scene = await prepare("here");
    await chmod(scene.keyFile, 0o600);
    const printed = keygen("-y", "-f", scene.keyFile).stdout;
    expect(printed).toBe(await readFile(`${scene.keyFile}.pub`, "utf8"));
  });

  it("refuse an unknown signer, another purpose and other content, each by its own code", async () => {
    const scene = await prepare("here");
    await sign(scene);
    const other = await prepare("here");
    const refused = (code: string): object => ({ ok: false, failure: { code } });
    expect(await verifyHere(scene, { allowedSigners: other.allowedSigners })).toMatchObject(
      refused("signer-unknown"),
    );
    expect(await verifyHere(scene, { allowedSigners: "" })).toMatchObject(
      refused("signer-unknown"),
    );
    expect(await verifyHere(scene, { namespace: "git" })).toMatchObject(
      refused("namespace-mismatch"),
    );
    const forGit = scene.allowedSigners.replace(NAMESPACE, "git");
    expect(await verifyHere(scene, { allowedSigners: forGit })).toMatchObject(
      refused("namespace-mismatch"),
    );
    expect(await verifyHere(scene, { allowedSigners: "nonsense" })).toMatchObject(
      refused("allowed-signers-invalid"),
    );
    await writeFile(scene.file, "other content");
    expect(await verifyHere(scene)).toMatchObject(refused("signature-mismatch"));
    await writeFile(
      scene.signatureFile,
      "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
    );
    expect(await verifyHere(scene)).toMatchObject(refused("signature-malformed"));
    expect(await verifyHere({ ...scene, signatureFile: `${scene.file}.none` })).toMatchObject(
      refused("file-missing"),
    );
  });

  it("find the right one of several keys", async () => {
    const scene = await prepare("here");
    await sign(scene);
    const other = await prepare("here");
    const allowedSigners = `# two keys\n${other.allowedSigners}\n${scene.allowedSigners}`;
    expect(await verifyHere(scene, { allowedSigners })).toMatchObject({ ok: true });
  });

  it("refuse a signature with any one character changed", async () => {
    const scene = await prepare("here");
    const text = await sign(scene);
    for (let at = 0; at < text.trimEnd().length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      await writeFile(scene.signatureFile, changed);
      expect((await verifyHere(scene)).ok, `character ${at}`).toBe(false);
    }
  });

  it.each([
    ["RSA", ["-t", "rsa", "-b", "2048", "-N", ""], "key-unsupported"],
    ["ECDSA", ["-t", "ecdsa", "-N", ""], "key-unsupported"],
    ["encrypted", ["-t", "ed25519", "-N", "a passphrase"], "key-encrypted"],
    ["PEM", ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""], "key-unsupported"],
    [
      "encrypted PEM",
      ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "a passphrase"],
      "key-encrypted",
    ],
  ])("refuse a key that is %s, and say what to do", async (_what, args, code) => {
    const keyFile = join(await makeTemporaryDirectory(), "key");
    expect(keygen("-q", ...args, "-f", keyFile).exitCode).toBe(0);
    const read = describeSigningKey(await readFile(keyFile, "utf8"));
    expect(read).toMatchObject({ ok: false, failure: { code } });
    expect(!read.ok && read.failure.next).toContain("ssh-keygen");
  });

  it("refuse a signature by an RSA key", async () => {
    const scene = await prepare("here");
    const keyFile = join(scene.directory, "rsa");
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", keyFile);
    keygen("-Y", "sign", "-f", keyFile, "-n", NAMESPACE, scene.file);
    expect(await verifyHere(scene)).toMatchObject({
      ok: false,
      failure: { code: "key-unsupported" },
    });
  });
});
