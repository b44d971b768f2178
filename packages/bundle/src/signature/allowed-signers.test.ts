import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAllowedSigner, maySignFor, parseAllowedSigners } from "./allowed-signers.ts";
import { generateSigningKey } from "./signing-key.ts";

const KEY = generateSigningKey({ comment: "a comment" }).publicKey.trim();
const OTHER_KEY = generateSigningKey({ comment: "" }).publicKey.trim();

function parse(
  text: string,
): readonly (readonly [principals: string, namespaces: string | null])[] {
  const parsed = parseAllowedSigners(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value.map((one) => [one.principals.join(","), one.namespaces?.join(",") ?? null]);
}

describe("allowed signers", () => {
  it("are read with comments, blank lines, options, several keys and other key types", () => {
    const text = [
      "# who may sign",
      "",
      `release@example.com ${KEY}`,
      `  a@example.com,b@example.com\tnamespaces="bundle@x,bundle@y"  ${OTHER_KEY} trailing words # and more`,
      `"quoted@example.com" NAMESPACES="git" ${KEY}\r`,
      "old@example.com ssh-rsa AAAAB3NzaC1yc2E= old",
      "token@example.com sk-ssh-ed25519@openssh.com AAAA=",
    ].join("\n");
    expect(parse(text)).toEqual([
      ["release@example.com", null],
      ["a@example.com,b@example.com", "bundle@x,bundle@y"],
      ["quoted@example.com", "git"],
    ]);
    expect(parse("")).toEqual([]);
  });

  it("limit a key to its namespaces, by OpenSSH's patterns", () => {
    const may = (namespaces: string, namespace: string): boolean => {
      const parsed = parseAllowedSigners(`r namespaces="${namespaces}" ${KEY}`);
      if (!parsed.ok) throw new Error(parsed.failure.message);
      return parsed.value.every((signer) => maySignFor(signer, namespace));
    };
    expect(may("bundle@x", "bundle@x")).toBe(true);
    expect(may("bundle@x", "bundle@xy")).toBe(false);
    expect(may("bundle@x", "Bundle@x")).toBe(false);
    expect(may("bundle@*", "bundle@anything")).toBe(true);
    expect(may("bundle@?", "bundle@xy")).toBe(false);
    expect(may("!bundle@x,bundle@*", "bundle@x")).toBe(false);
    expect(may("!bundle@x,bundle@*", "bundle@y")).toBe(true);
    expect(may("*a*b*c", "xaxbxc")).toBe(true);
    expect(may(`${"*a".repeat(200)}b`, "a".repeat(2000))).toBe(false);
  });

  it.each([
    ["an expiry", `r valid-before="20300101" ${KEY}`],
    ["a certificate authority", `r cert-authority ${KEY}`],
    ["an unknown option", `r frobnicate="x" ${KEY}`],
    ["namespaces twice", `r namespaces="a",namespaces="b" ${KEY}`],
    ["empty namespaces", `r namespaces="" ${KEY}`],
    ["namespaces without value", `r namespaces ${KEY}`],
    ["an open quotation mark", `r namespaces="a ${KEY}`],
    ["no principal", KEY],
    ["no key", "r ssh-ed25519"],
    ["a cut key", `r ${KEY.slice(0, 40)}`],
    ["words", "hello"],
    ["a line for a regular expression to choke on", `a ${"a".repeat(5000)}!`],
    ["a line too long", `a ${"a".repeat(50_000)}`],
    ["too many lines", "\n".repeat(5000)],
  ])("are refused with %s", (_what, text) => {
    const parsed = parseAllowedSigners(`# first\n${text}\n`);
    const code = parsed.ok ? "accepted" : parsed.failure.code;
    expect(["allowed-signers-invalid", "key-malformed"]).toContain(code);
  });

  it("never fail in another way than by value, whatever the text", () => {
    const piece = fc.constantFrom(
      KEY,
      "r",
      " ",
      '"',
      ",",
      "=",
      "namespaces=",
      "\n",
      "ssh-ed25519 ",
      "AAAA",
      "#",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(parseAllowedSigners(pieces.join("")).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 500 },
    );
  });

  it("are written so that they read back", () => {
    const line = formatAllowedSigner({
      principal: "r@example.com",
      namespace: "bundle@x",
      publicKey: `${KEY}\n`,
    });
    expect(line.ok && parse(line.value)).toEqual([["r@example.com", "bundle@x"]]);
  });

  it.each([
    ["two lines", { publicKey: `${KEY}\nroot ${OTHER_KEY}` }],
    ["a principal with a blank", { principal: "r x" }],
    ["a namespace that ends its quotes", { namespace: 'a" b="' }],
    ["an RSA key", { publicKey: "ssh-rsa AAAA" }],
  ])("are not written with %s", (_what, change) => {
    const line = formatAllowedSigner({ principal: "r", namespace: "n", publicKey: KEY, ...change });
    expect(line.ok).toBe(false);
  });
});
