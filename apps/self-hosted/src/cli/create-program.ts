import { Command, Option } from "commander";
import { failed } from "../failure/site-failure.ts";
import { prefixOfRelease, sitePaths } from "../site/site-paths.ts";
import type { Ambient } from "./ambient.ts";
import type { CommandContext } from "./command.ts";
import type { CommandResult } from "./command-outcome.ts";
import { VERBS } from "./verbs.ts";
import type { Verb } from "./verbs.ts";

export type Report = (result: CommandResult, json: boolean) => void;

/** Builds the command line. A verb's code is loaded when the verb runs. */
export function createProgram(ambient: Ambient, report: Report): Command {
  const program = new Command("shortlinectl")
    .description("Installs, runs and upgrades this site's Shortline.")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: ambient.writeOut, writeErr: ambient.writeErr })
    .addHelpText("after", "\nExample:\n  shortlinectl status\n");
  for (const verb of VERBS) addVerb(program, verb, { ambient, report });
  return program;
}

function addVerb(
  program: Command,
  verb: Verb,
  { ambient, report }: { readonly ambient: Ambient; readonly report: Report },
): void {
  const [name = "", subname] = verb.name.split(" ");
  const parent = subname === undefined ? program : groupOf(program, name);
  const command = parent
    .command(subname ?? name, { hidden: verb.hidden === true })
    .description(verb.description)
    .exitOverride()
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .option("--prefix <dir>", "the folder the site is installed under")
    .option("--json", "print the outcome as one line of JSON")
    .addHelpText("after", `\nExample:\n  ${verb.example}\n`);
  for (const option of verb.options) command.addOption(toOption(option));
  command.action(async (options: Readonly<Record<string, unknown>>) => {
    const json = options["json"] === true;
    const empty = Object.entries(options).find(([, value]) => value === "");
    if (empty !== undefined) {
      report(emptyOption(empty[0]), json);
      return;
    }
    const given = options["prefix"];
    const prefix = typeof given === "string" ? given : prefixOfRelease(ambient.releaseDirectory);
    const context: CommandContext = {
      ambient,
      json,
      paths: sitePaths(prefix),
      say: (text) => ambient.writeErr(`${text}\n`),
    };
    const run = await verb.load();
    report(await run(context, options), json);
  });
}

/** An unset shell variable must not be taken for the current directory. */
function emptyOption(name: string): CommandResult {
  const flag = `--${name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
  const next = "Give it a value; a shell variable in it may not be set.";
  return failed("usage", `${flag} is empty.`, next);
}

/** The command that a verb of two words, such as `config check`, belongs to. */
function groupOf(program: Command, name: string): Command {
  const existing = program.commands.find((command) => command.name() === name);
  if (existing !== undefined) return existing;
  return program
    .command(name)
    .description("Looks at the configuration file.")
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText("after", `\nExample:\n  shortlinectl ${name} check\n`);
}

function toOption(option: Verb["options"][number]): Option {
  const created = new Option(option.flags, option.description);
  if (option.hidden === true) created.hideHelp();
  if (option.conflicts !== undefined) created.conflicts([...option.conflicts]);
  return created;
}
