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
