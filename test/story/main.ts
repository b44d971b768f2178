import { join } from "node:path";
import { closeWorkshop, openWorkshop } from "./workshop.ts";
import { StoryError } from "./story-error.ts";
import { parseStoryOptions, usage } from "./story-options.ts";
import { tellStory } from "./story.ts";
import { siteAddress } from "./chapters/patch-release.ts";
import type { World } from "./world.ts";

const repositoryDirectory = join(import.meta.dirname, "../..");
const options = parseStoryOptions(process.argv.slice(2), repositoryDirectory);
if (options === "help") {
  process.stdout.write(`${usage}\n`);
} else if ("problem" in options) {
  process.stderr.write(`${options.problem}\n\n${usage}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await run();
}

async function run(): Promise<number> {
  const startedMs = performance.now();
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const stopRequested = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => stopRequested.resolve());
  const opened = await openWorkshop({
    options: storyOptions(),
    repositoryDirectory,
    environment,
    say,
  }).catch((error: unknown) => told(error));
  if (opened === null) return 1;
  try {
    const told = await Promise.race([
      tellStory(opened).then(() => true),
      stopRequested.promise.then(() => false),
    ]);
    if (!told) return 130;
    summarize(opened, (performance.now() - startedMs) / 1000);
    if (!opened.options.once) {
      invite(opened);
      await stopRequested.promise;
    }
    return 0;
  } catch (error) {
    told(error);
    return 1;
  } finally {
    await closeWorkshop(opened);
  }
}

function storyOptions(): Exclude<typeof options, "help" | { readonly problem: string }> {
  if (options === "help" || "problem" in options)
    throw new Error("the story runs only with good options");
  return options;
}

function told(error: unknown): null {
  if (error instanceof Error && (error instanceof StoryError || error.name === "Failure"))
    say(`\nFAILED: ${error.message}`);
  else
    say(
      `\nFAILED, by a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  return null;
}

function summarize(world: World, seconds: number): void {
  say(`\nThe story holds: every step did what it says, in ${seconds.toFixed(0)} s.`);
  if (world.skipped.length === 0) say("Nothing was skipped.");
  for (const skipped of world.skipped) say(`Skipped: ${skipped}`);
}

function invite(world: World): void {
  const site = siteAddress(world);
  say(`\nBoth are up until Ctrl-C. Try next, in another terminal:`);
  say(`  hosted       curl -i ${world.hostedUrl}/welcome`);
  say(`  self-hosted  curl -i ${site.url}/handbook`);
  say(
    `  trunkline    cd ${world.cloneDirectory} && ${join(repositoryDirectory, "node_modules/.bin/trunkline")} status`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
