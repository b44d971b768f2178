import { expect, test } from "vitest";
import { commitIntent, pickedFrom } from "./commit-intent.ts";

test.each([
  ["fix: a", { type: "fix", feature: false, breaking: false }],
  ["feat(core)!: a", { type: "feat", feature: true, breaking: true }],
  ["Feature: a", { type: "feature", feature: true, breaking: false }],
  ["refactor(x)!: a", { type: "refactor", feature: false, breaking: true }],
  ["Plain words: no type?", { type: null, feature: false, breaking: false }],
  ["fix:no space", { type: null, feature: false, breaking: false }],
  ["fix: a\n\nBREAKING CHANGE: b", { type: "fix", feature: false, breaking: true }],
  ["fix: a\n\nBREAKING-CHANGE: b", { type: "fix", feature: false, breaking: true }],
  ["fix: a\n\nno BREAKING CHANGE: here", { type: "fix", feature: false, breaking: false }],
  ["", { type: null, feature: false, breaking: false }],
])("reads %j", (message, intent) => {
  expect(commitIntent(message)).toEqual(intent);
});

test("finds every commit that a message says it was picked from, in order, and no lookalike", () => {
  const [first, second] = ["a".repeat(40), "b".repeat(64)];
  const message = [
    "fix: a",
    "",
    `see (cherry picked from commit ${first}) in a sentence`,
    `(cherry picked from commit ${first})`,
    "(cherry picked from commit 1234)",
    `(cherry picked from commit ${second})`,
  ].join("\n");
  expect(pickedFrom(message)).toEqual([first, second]);
});
