import { BundleRefusal, attemptNow } from "../bundle-refusal.ts";
import type { Result } from "../bundle-failure.ts";
import { showPath } from "../bundle-path.ts";
import { decodeBase64 } from "./armor.ts";
import { matchesPatternList } from "./pattern-list.ts";
import { KEY_TYPE, decodePublicKey, fingerprintOf } from "./public-key.ts";

/** One trusted key. `namespaces` is null when the key may sign for any. */
export interface AllowedSigner {
  readonly principals: readonly string[];
  readonly namespaces: readonly string[] | null;
  readonly publicBlob: Buffer;
  readonly fingerprint: string;
}

const MAX_LINES = 1000;
const MAX_LINE_LENGTH = 16 * 1024;

/** Blanks and commas inside double quotes do not separate. */
const FIELD = /(?:[^\s"]|"[^"]*")+/g;
const OPTION = /(?:[^,"]|"[^"]*")+/g;
const KEY_TYPE_NAME = /^(?:ssh|ecdsa|sk)-[\w@.-]+$/;

/**
 * Reads an OpenSSH "allowed signers" file: one `principals [options] keytype key [comment]` a line.
 * Keys of other types than ed25519 are passed over. An option that limits trust in a way not
 * supported here is a failure, never ignored. Failure: `allowed-signers-invalid`, naming the line.
 */
export function parseAllowedSigners(text: string): Result<readonly AllowedSigner[]> {
  return attemptNow(() => {
    const lines = text.split(/\r?\n/);
    if (lines.length > MAX_LINES) throw invalid(MAX_LINES, "there are too many lines");
    return lines.flatMap((line, index) => parseLine(line.trim(), index + 1));
  });
}

/** A line for an allowed signers file that trusts `publicKey` for one namespace only. */
export function formatAllowedSigner(options: {
  readonly principal: string;
  readonly namespace: string;
  readonly publicKey: string;
}): Result<string> {
  const line = `${options.principal} namespaces="${options.namespace}" ${options.publicKey.trim()}\n`;
  return attemptNow(() => {
    if (/[\r\n]/.test(line.slice(0, -1))) throw invalid(1, "it is more than one line");
    if (parseLine(line.trim(), 1).length !== 1) throw invalid(1, "it is not one ed25519 key");
    return line;
  });
}

/** Whether a signer may sign for `namespace`. */
export function maySignFor(signer: AllowedSigner, namespace: string): boolean {
  return signer.namespaces === null || matchesPatternList(namespace, signer.namespaces);
}

function parseLine(line: string, number: number): readonly AllowedSigner[] {
  if (line === "" || line.startsWith("#")) return [];
  if (line.length > MAX_LINE_LENGTH) throw invalid(number, "it is too long");
  if (line.split('"').length % 2 === 0) throw invalid(number, "a quotation mark is not closed");
  const [principals = "", ...fields] = line.match(FIELD) ?? [];
  const hasOptions = !KEY_TYPE_NAME.test(fields[0] ?? "");
  const namespaces = hasOptions ? parseOptions(fields.shift() ?? "", number) : null;
  const [type = "", base64 = ""] = fields;
  if (!KEY_TYPE_NAME.test(type))
    throw invalid(number, `it is not "principals [options] keytype key"`);
  if (type !== KEY_TYPE) return [];
  const publicBlob = decodeBase64(base64);
  if (publicBlob === null) throw invalid(number, "its key is damaged");
  decodePublicKey(publicBlob);
  const names = principals.replaceAll('"', "").split(",");
  return [{ principals: names, namespaces, publicBlob, fingerprint: fingerprintOf(publicBlob) }];
}

function parseOptions(options: string, number: number): readonly string[] | null {
  let namespaces: readonly string[] | null = null;
  for (const option of options.match(OPTION) ?? []) {
    const value = /^namespaces="([^"]+)"$/i.exec(option)?.[1];
    if (value === undefined || namespaces !== null) {
      const name = showPath(option.split("=")[0] ?? "");
      throw invalid(
        number,
        `its option ${name} is not supported here (only namespaces="…" is, once)`,
      );
    }
    namespaces = value.split(",");
  }
  return namespaces;
}

function invalid(number: number, reason: string): BundleRefusal {
  return new BundleRefusal(
    "allowed-signers-invalid",
    `Line ${number} of the allowed signers is refused: ${reason}.`,
    `Write it as: release@example.com namespaces="bundle@product" ssh-ed25519 AAAA…`,
  );
}
