import { Command, CommanderError } from "commander";
import { exitCodes, Failure } from "../failure.ts";
import type { ExitCode } from "../failure.ts";
import type { CommandContext, CommandDefinition, CommandOutcome } from "./command.ts";
import { commandRegistry } from "./command-registry.ts";
import type { RegisteredCommand } from "./command-registry.ts";
import { jsonShape } from "./json-shape.ts";
import { nearestName } from "./nearest-name.ts";

export interface CliOptions {
  readonly argv: readonly string[];
  readonly version: string;
  readonly context: CommandContext;
  /** Writes data (stdout). */
  readonly print: (text: string) => void;
}

/** Runs one verb and returns the process's exit code. Prints each failure once. */
export async function runCli(options: CliOptions): Promise<ExitCode> {
  const json = options.argv.includes("--json");
  try {
    const outcome = await dispatch(options);
    if (outcome === null) return exitCodes.done;
    options.print(json ? jsonText(outcome.data) : withNewline(outcome.text));
    return outcome.exitCode;
  } catch (error) {
    return report(error, options, json);
  }
}

async function dispatch(options: CliOptions): Promise<CommandOutcome | null> {
  const chosen = chooseCommand(options.argv);
  const outcomes: CommandOutcome[] = [];
  const program = new Command("trunkline")
    .description(
      "Ship one codebase two ways: trunk to a managed service, version lines to everyone else.",
    )
    .version(options.version)
    .showSuggestionAfterError(true);
  settle(program, options);
  for (const registered of commandRegistry) {
    const parent = parentOf(program, registered, options);
    const command = parent.command(registered.words.split(" ").at(-1) ?? registered.words);
    settle(command, options);
    command.summary(registered.summary).description(registered.summary);
    if (registered !== chosen) continue;
    const definition = await registered.load();
    describe(command, definition);
    command.action(async (...received: unknown[]) => {
      const args = command.processedArgs
        .flat()
        .filter((arg): arg is string => typeof arg === "string");
      refuseOddValues(args, command.opts());
      outcomes.push(await definition.run({ args, options: command.opts() }, options.context));
      void received;
    });
  }
  if (options.argv.length === 0) {
    program.outputHelp();
    return null;
  }
  refuseUnknownVerb(options.argv);
  await program.parseAsync([...options.argv], { from: "user" });
  return outcomes[0] ?? null;
}

function chooseCommand(argv: readonly string[]): RegisteredCommand | undefined {
  const words = argv.filter(
    (word, index) => !word.startsWith("-") && (index > 0 || word !== "help"),
  );
  const two = `${words[0] ?? ""} ${words[1] ?? ""}`;
  return (
    commandRegistry.find((entry) => entry.words === two) ??
    commandRegistry.find((entry) => entry.words === words[0])
  );
}

/** Longer than any commit, path or sentence of evidence; what goes into the ledger stays there for ever. */
const maxValueLength = 4096;

/** Values that are nobody's intent: an unset shell variable, a file's content, terminal control codes. */
function refuseOddValues(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): void {
  const named = Object.entries(options).map(
    ([name, value]) => [`--${dashed(name)}`, value] as const,
  );
  for (const [what, value] of [...named, ["An argument", args] as const]) {
    for (const text of [value].flat()) {
      const problem = typeof text === "string" ? oddity(text) : null;
      if (problem === null) continue;
      throw new Failure({
        code: "usage",
        message: `${what} ${problem}.`,
        next: "Look at the value as the shell hands it over: a variable in it may not be set.",
        exitCode: exitCodes.usage,
      });
    }
  }
}

function oddity(text: string): string | null {
  if (text === "") return "is empty";
  if (text.length > maxValueLength) return `is longer than ${String(maxValueLength)} characters`;
  return /\p{Cc}/u.test(text) ? "holds a line break or another control character" : null;
}

function dashed(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

function refuseUnknownVerb(argv: readonly string[]): void {
  const first = argv[0] ?? "";
  if (first.startsWith("-") || first === "help") return;
  const known = commandRegistry.flatMap((entry) => [entry.words, entry.words.split(" ")[0] ?? ""]);
  if (known.includes(first)) return;
  throw new Failure({
    code: "usage",
    message: `trunkline has no verb "${first}".`,
    next: `Did you mean "${nearestName(first, known)}"? \`trunkline --help\` lists the verbs.`,
    exitCode: exitCodes.usage,
  });
}

function parentOf(program: Command, registered: RegisteredCommand, options: CliOptions): Command {
  const [first, second] = registered.words.split(" ");
  if (second === undefined || first === undefined) return program;
  const existing = program.commands.find((command) => command.name() === first);
  if (existing !== undefined) return existing;
  const group = program.command(first);
  settle(group, options);
  return group.description(
    `${first}: ${commandRegistry
      .filter((entry) => entry.words.startsWith(`${first} `))
      .map((entry) => entry.words)
      .join(", ")}`,
  );
}

function settle(command: Command, options: CliOptions): void {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeOut: options.print, writeErr: () => undefined });
}

function describe(command: Command, definition: CommandDefinition): void {
  command.description(definition.details);
  for (const argument of definition.args) command.argument(argument.name, argument.description);
  for (const option of definition.options) {
    if (option.repeatable === true)
      command.option(
        option.flags,
        option.description,
        (value: string, all: string[]) => [...all, value],
        [],
      );
    else command.option(option.flags, option.description);
  }
  if (definition.changes)
    command.option("--apply", "do it; without this the plan is printed and nothing changes");
  command.option("--repo <dir>", "the repository (default: the current directory's)");
  command.option("--json", "print data as JSON on stdout");
  const shape = ["schemaVersion: 1", ...jsonShape(definition)]
    .map((line) => `  ${line}`)
    .join("\n");
  command.addHelpText(
    "after",
    `\nWith --json:\n${shape}\n\nExit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 refused by policy, 4 found something, 5 needs a person\n\nExample:\n${definition.examples.map((line) => `  $ ${line}`).join("\n")}`,
  );
}

function report(error: unknown, options: CliOptions, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.done;
    return reportFailure(
      new Failure({
        code: "usage",
        message: usageMessage(error),
        next: "`trunkline VERB --help` shows the options.",
        exitCode: exitCodes.usage,
      }),
      options,
      json,
    );
  }
  if (error instanceof Failure) return reportFailure(error, options, json);
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  options.context.tell(`trunkline: a bug: ${stack}`);
  if (json) {
    const next = "Report it with what stderr says; the same command may be run again.";
    options.print(jsonText({ error: { code: "bug", message, next } }));
  }
  return exitCodes.failed;
}

function usageMessage(error: CommanderError): string {
  if (error.code === "commander.help")
    return "that is a group of verbs: name one of them, as `trunkline --help` lists them";
  return error.message.replace(/^error: /, "").replaceAll("\n", " ");
}

function reportFailure(failure: Failure, options: CliOptions, json: boolean): ExitCode {
  options.context.tell(`trunkline: ${failure.message}\n  next: ${failure.next}`);
  if (json)
    options.print(
      jsonText({ error: { code: failure.code, message: failure.message, next: failure.next } }),
    );
  return failure.exitCode;
}

function jsonText(data: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ schemaVersion: 1, ...data }, null, 2)}\n`;
}

function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
