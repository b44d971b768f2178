import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { VERBS } from "../cli/verbs.ts";
import { CONFIG_SETTINGS } from "../config/config-settings.ts";
import { FAILURE_EXIT_CODES } from "../failure/site-failure.ts";
import { renderDocs } from "./render-docs.ts";

const app = join(import.meta.dirname, "..", "..");
const source = join(app, "..", "..", "ops-docs", "self-hosted");
const render = () => renderDocs(source, join(app, "docs-assets"));
const files = render();
const pages = [...files].filter(([name]) => name.endsWith(".html"));
const markdown = (name: string) => readFileSync(join(source, name), "utf8");

test("the troubleshooting page has exactly the failure codes, in order", () => {
  const sections = [...markdown("troubleshoot.md").matchAll(/^## (.+)$/gm)].map(
    (match) => match[1],
  );
  expect(sections).toEqual(Object.keys(FAILURE_EXIT_CODES).toSorted());
});

test("every command is on the page of commands", () => {
  const text = markdown("commands.md");
  for (const { name } of VERBS.filter((verb) => verb.hidden !== true)) {
    expect(text).toContain(`| \`shortlinectl ${name}\` `);
  }
});

test("the table of settings is made from the settings", () => {
  const html = files.get("configure.html") ?? "";
  expect(html).not.toContain("{{");
  for (const { key } of CONFIG_SETTINGS) expect(html).toContain(`<code>${key}</code>`);
});

test("every link leads to a page and a heading that are there", () => {
  for (const [name, html] of pages) {
    for (const [, href = ""] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      const [file = "", anchor] = href.split("#");
      const target = files.get(file === "" ? name : file);
      expect(target, `${name}: ${href}`).toBeDefined();
      if (anchor !== undefined) expect(target, `${name}: ${href}`).toContain(`id="${anchor}"`);
    }
  }
});

test("nothing is fetched from anywhere", () => {
  for (const [name, html] of pages) {
    expect(html, name).not.toMatch(/(?:href|src)="(?:[a-z]+:)?\/\//i);
    expect(html, name).not.toMatch(/@import|url\(/);
  }
});

test("the search index is a script that holds every section", () => {
  const context: { shortlineDocs?: readonly { page: string; heading: string }[] } = {};
  runInNewContext(files.get("search-index.js") ?? "", context);
  const headings = context.shortlineDocs?.filter((section) => section.page === "troubleshoot.html");
  expect(headings).toHaveLength(Object.keys(FAILURE_EXIT_CODES).length + 1);
});

test("the same sources give the same bytes", () => {
  expect([...render()]).toEqual([...files]);
});
