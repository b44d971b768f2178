import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { describeSigningKey, generateSigningKey } from "./signing-key.ts";

describe("a signing key", () => {
  it("reads back as it was made, whatever the comment's length", () => {
    for (let length = 0; length < 20; length += 1) {
      const pair = generateSigningKey({ comment: "c".repeat(length) });
      const described = describeSigningKey(pair.privateKey);
      expect(described.ok && pair.publicKey.startsWith(described.value.publicKey)).toBe(true);
    }
  });

  it("keeps its public half on one line", () => {
    const { publicKey } = generateSigningKey({ comment: "a\nroot ssh-ed25519 x\0" });
    expect(publicKey.trimEnd()).not.toContain("\n");
  });

  it("is accepted with the line ends of another system", () => {
    const { privateKey } = generateSigningKey({ comment: "x" });
    expect(describeSigningKey(`\r\n${privateKey.replaceAll("\n", "\r\n")}`)).toMatchObject({
      ok: true,
    });
  });

  it("is refused after any change of one character", () => {
    const { privateKey } = generateSigningKey({ comment: "x" });
    const good = describeSigningKey(privateKey);
    const accepted: unknown[] = [];
    for (let at = 0; at < privateKey.length; at += 3) {
      const changed =
        privateKey.slice(0, at) + (privateKey[at] === "B" ? "C" : "B") + privateKey.slice(at + 1);
      const read = describeSigningKey(changed);
      if (read.ok) accepted.push(read);
    }
    // What is left unprotected by the format is the comment; everything else is refused.
    expect(accepted).toEqual(accepted.map(() => good));
    expect(accepted.length).toBeLessThan(10);
  });

  it.each([
    ["nothing", "", "key-malformed"],
    ["words", "hello", "key-malformed"],
    ["a public key", generateSigningKey({ comment: "" }).publicKey, "key-malformed"],
    ["half a key", generateSigningKey({ comment: "" }).privateKey.slice(0, 200), "key-malformed"],
    ["a PKCS #8 key", pkcs8({}), "key-unsupported"],
    [
      "an encrypted PKCS #8 key",
      pkcs8({ cipher: "aes-256-cbc", passphrase: "x" }),
      "key-encrypted",
    ],
  ])("is refused for %s", (_what, text, code) => {
    const read = describeSigningKey(text);
    expect(read).toMatchObject({ ok: false, failure: { code } });
    expect(!read.ok && read.failure.next).not.toBe("");
  });
});

function pkcs8(protection: object): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ format: "pem", type: "pkcs8", ...protection }).toString();
}
