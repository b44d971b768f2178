import { exitCodes, Failure } from "../failure.ts";

/**
 * The line a person named, by its name (`1.0`) or its branch (`lts/1.0`).
 * @throws Failure `line-unknown` with the lines there are
 */
export function findLine<Line extends { readonly name: string; readonly branch: string }>(
  lines: readonly Line[],
  named: string,
): Line {
  const found = lines.find((line) => line.name === named || line.branch === named);
  if (found !== undefined) return found;
  const known = lines.map((line) => line.name).join(", ");
  throw new Failure({
    code: "line-unknown",
    message: `There is no line "${named}".`,
    next: known === "" ? "Cut the first one: `trunkline cut --apply`." : `Use one of: ${known}.`,
    exitCode: exitCodes.usage,
  });
}
