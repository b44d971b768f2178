/**
 * OpenSSH's pattern lists: `*` and `?` are wildcards, a leading `!` excludes. True when a pattern
 * matches and no excluding one does.
 */
export function matchesPatternList(text: string, patterns: readonly string[]): boolean {
  const excluded = patterns.some(
    (pattern) => pattern.startsWith("!") && matchesPattern(text, pattern.slice(1)),
  );
  return (
    !excluded &&
    patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(text, pattern))
  );
}

/** One pass with one point to go back to: never more than text × pattern steps. */
function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let starAt = -1;
  let resumeAt = 0;
  let patternAt = 0;
  while (at < text.length) {
    const symbol = pattern[patternAt];
    if (symbol === "*") {
      starAt = patternAt++;
      resumeAt = at;
    } else if (symbol === "?" || symbol === text[at]) {
      patternAt++;
      at++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(patternAt));
}
