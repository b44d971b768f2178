/** A line's name is `MAJOR.MINOR`; its branch follows the policy's pattern (`lts/{major}.{minor}`). */
export function lineBranch(pattern: string, line: string): string {
  const [major = "", minor = ""] = line.split(".");
  return pattern.replaceAll("{major}", major).replaceAll("{minor}", minor);
}

/** The line a branch belongs to, or null when the branch is not a line's. */
export function lineOfBranch(pattern: string, branch: string): string | null {
  const parts = pattern.split(/(\{major\}|\{minor\})/);
  const source = parts.map((part) => {
    if (part === "{major}" || part === "{minor}") return "(0|[1-9]\\d{0,8})";
    return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  const numbers = new RegExp(`^${source.join("")}$`).exec(branch)?.slice(1);
  if (numbers === undefined) return null;
  const places = parts.filter((part) => part === "{major}" || part === "{minor}");
  const line = `${numbers[places.indexOf("{major}")] ?? ""}.${numbers[places.indexOf("{minor}")] ?? ""}`;
  // A pattern that names a number twice must find the same number twice.
  return lineBranch(pattern, line) === branch ? line : null;
}

/** `1.4` from `1.4.2`. */
export function lineOfVersion(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** Orders lines by their numbers: oldest first. */
export function compareLines(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split(".").map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split(".").map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}
