import { isDeepStrictEqual } from "node:util";

/**
 * A `package.json` text with another version and nothing else changed, its layout kept.
 * @throws SyntaxError when the text is not JSON
 */
export function withManifestVersion(text: string, version: string): string {
  const wanted = withVersion(JSON.parse(text), version);
  const replaced = text.replace(/("version"\s*:\s*")[^"\\]*(")/, `$1${version}$2`);
  if (isDeepStrictEqual(parseOrNull(replaced), wanted)) return replaced;
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
  return `${JSON.stringify(wanted, null, indent)}\n`;
}

/** Do two `package.json` texts hold the same but for the version, which is a text in the second? */
export function isVersionChangeOnly(before: string, after: string): boolean {
  const [old, manifest] = [parseOrNull(before), parseOrNull(after)];
  if (typeof old !== "object" || old === null || Array.isArray(old)) return false;
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return false;
  const { version } = manifest;
  return typeof version === "string" && isDeepStrictEqual({ ...old, version }, manifest);
}

function withVersion(manifest: unknown, version: string): unknown {
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest)) {
    throw new SyntaxError("a package.json holds one object");
  }
  return { ...manifest, version };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
