import fc from "fast-check";
import { expect, test } from "vitest";
import { compareLines, lineBranch, lineOfBranch, lineOfVersion } from "./line-name.ts";
import { highestBump, nextLineVersion } from "./next-line-version.ts";
import type { Bump } from "./next-line-version.ts";
import { compareVersions, isNextPatch, releaseTag, versionOfTag } from "./release-tag.ts";

const number = fc.nat({ max: 999_999 });
const line = fc.tuple(number, number).map(([major, minor]) => `${String(major)}.${String(minor)}`);
const bump = fc.constantFrom<Bump>("none", "patch", "minor", "major");
const branchPattern = fc.constantFrom(
  "lts/{major}.{minor}",
  "stable/{major}.{minor}",
  "{minor}-of-{major}",
  "r/{major}/v{major}.{minor}+x",
);

test("the very first line is the policy's, whatever the changesets ask for", () => {
  fc.assert(
    fc.property(line, bump, (first, asked) => nextLineVersion(null, asked, first) === `${first}.0`),
  );
});

test("the next line is always newer than the newest, and starts at patch 0", () => {
  fc.assert(
    fc.property(line, bump, (newest, asked) => {
      const version = nextLineVersion(newest, asked, "1.0");
      expect(compareLines(lineOfVersion(version), newest)).toBeGreaterThan(0);
      expect(version.endsWith(".0")).toBe(true);
    }),
  );
});

test("only a major changeset makes a major; a lone patch makes a minor", () => {
  expect(nextLineVersion("1.4", "patch", "1.0")).toBe("1.5.0");
  expect(nextLineVersion("1.4", "minor", "1.0")).toBe("1.5.0");
  expect(nextLineVersion("1.9", "major", "1.0")).toBe("2.0.0");
});

test("the highest bump is one of those asked for, and no other is higher", () => {
  fc.assert(
    fc.property(fc.array(bump, { minLength: 1 }), (bumps) => {
      const highest = highestBump(bumps);
      expect(bumps).toContain(highest);
      expect(highestBump([...bumps].toReversed())).toBe(highest);
    }),
  );
  expect(highestBump([])).toBe("none");
});

test("a line's branch names the line, for every pattern; other branches name none", () => {
  fc.assert(
    fc.property(
      branchPattern,
      line,
      (pattern, name) => lineOfBranch(pattern, lineBranch(pattern, name)) === name,
    ),
  );
  for (const branch of ["lts/1", "lts/01.0", "lts/1.0.0", "lts/1.0-x", "xlts/1.0", "lts/1x0", ""]) {
    expect(lineOfBranch("lts/{major}.{minor}", branch)).toBeNull();
  }
  expect(lineOfBranch("r/{major}/v{major}.{minor}", "r/1/v2.3")).toBeNull();
});

test("a release's tag names its version, for every pattern; other tags name none", () => {
  const version = fc.tuple(line, number).map(([name, patch]) => `${name}.${String(patch)}`);
  fc.assert(
    fc.property(
      fc.constantFrom("v{version}", "release/{version}", "{version}"),
      version,
      (pattern, text) => {
        expect(versionOfTag(pattern, releaseTag(pattern, text))).toBe(text);
      },
    ),
  );
  for (const tag of ["v1.0", "v1.0.0-rc.1", "v1.0.00", "1.0.0", "vv1.0.0", "v1.0.0x"]) {
    expect(versionOfTag("v{version}", tag)).toBeNull();
  }
});

test("only the number right after the last one is the next patch", () => {
  fc.assert(
    fc.property(line, fc.nat(9999), fc.nat(9999), (name, last, next) => {
      const isNext = isNextPatch(`${name}.${String(last)}`, `${name}.${String(next)}`);
      expect(isNext).toBe(next === last + 1);
    }),
  );
  expect(isNextPatch("1.0.3", "1.1.0")).toBe(false);
});

test("versions are ordered by number, not by letter", () => {
  const sorted = ["1.0.10", "1.0.9", "1.10.0", "1.9.0", "2.0.0"].toSorted(compareVersions);
  expect(sorted).toEqual(["1.0.9", "1.0.10", "1.9.0", "1.10.0", "2.0.0"]);
});
