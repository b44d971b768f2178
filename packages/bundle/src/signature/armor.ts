/** How OpenSSH wraps bytes as text: base64 in lines of 70 between two marker lines. */
const LINE_LENGTH = 70;

export function armor(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The bytes between the marker lines, or null when `text` is not exactly one such block. */
export function unarmor(label: string, text: string): Buffer | null {
  const lines = text.replaceAll("\r\n", "\n").trim().split("\n");
  if (lines.shift() !== `-----BEGIN ${label}-----` || lines.pop() !== `-----END ${label}-----`)
    return null;
  return decodeBase64(lines.join(""));
}

/** Strict base64: null for anything that does not encode back to the same text. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : null;
}
