import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** Faults that a test plants to see that the story notices them. */
export const plantedFaults = ["failed-request", "bundle-byte", "lost-link"] as const;
export type PlantedFault = (typeof plantedFaults)[number];

export interface StoryOptions {
  readonly once: boolean;
  readonly hostedPort: number;
  readonly sitePort: number;
  readonly workDirectory: string;
  readonly requestsPerSecond: number;
  readonly fault: PlantedFault | null;
}

export const usage = `npm start -- [options]

Delivers this commit both ways on this machine and shows each step.

  --once               exit when the story ends (otherwise both services stay up until Ctrl-C)
  --hosted-port N      public port of the hosted service (default 8080)
  --site-port N        port of the self-hosted site (default 8090)
  --work DIR           working folder, emptied at the start (default .trunkline/story)
  --rate N             requests per second of the load generator (default 800)
  --plant-fault NAME   break one thing on purpose: ${plantedFaults.join(", ")}
  --help

Example:
  npm start -- --once --hosted-port 18080 --site-port 18090`;

/** @returns the options, "help", or a sentence that says what is wrong with them */
export function parseStoryOptions(
  argv: readonly string[],
  repositoryDirectory: string,
): StoryOptions | "help" | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...argv].filter((word) => word !== "--"),
      options: optionSchema,
      strict: true,
    });
    if (values.help) return "help";
    const fault = plantedFaults.find((name) => name === values["plant-fault"]) ?? null;
    if (values["plant-fault"] !== undefined && fault === null)
      return { problem: `--plant-fault takes one of ${plantedFaults.join(", ")}` };
    const hostedPort = wholeNumber(values["hosted-port"], 65_535);
    const sitePort = wholeNumber(values["site-port"], 65_535);
    const requestsPerSecond = wholeNumber(values.rate, 100_000);
    if (hostedPort === null || sitePort === null || requestsPerSecond === null)
      return { problem: "ports are whole numbers from 1 to 65535, --rate one from 1 to 100000" };
    if (hostedPort === sitePort) return { problem: "--hosted-port and --site-port must differ" };
    const workDirectory =
      values.work === undefined
        ? join(repositoryDirectory, ".trunkline", "story")
        : resolve(values.work);
    return { once: values.once, hostedPort, sitePort, workDirectory, requestsPerSecond, fault };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const optionSchema = {
  once: { type: "boolean", default: false },
  "hosted-port": { type: "string", default: "8080" },
  "site-port": { type: "string", default: "8090" },
  work: { type: "string" },
  rate: { type: "string", default: "800" },
  "plant-fault": { type: "string" },
  help: { type: "boolean", default: false },
} as const;

function wholeNumber(text: string, largest: number): number | null {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= largest ? value : null;
}
