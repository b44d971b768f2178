import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../tools/replace-file.ts";
import { systemCode } from "./environment-failure.ts";

/** A name that is safe as a file name: it names the deployment's log. */
export const deploymentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "must be 1 to 128 letters, digits, dots, dashes and underscores",
  );

const text = z
  .string()
  .max(32_768)
  .regex(/^[^\0]*$/, "must not hold a NUL");

/** What a build needs to run. `{port}` in `command` and in the values of `env` is replaced. */
export const workerSpecSchema = z.object({
  deployment: deploymentName,
  commit: text,
  digest: text,
  /** Absolute; the worker's working directory. */
  directory: text.startsWith("/"),
  command: z.array(text).min(1).max(256),
  env: z.record(z.string().regex(/^[^=\0]+$/), text),
});

const processSchema = z.object({ pid: z.int().positive(), processStart: z.string() });
const workerRecordSchema = workerSpecSchema.extend({
  pid: z.int().nonnegative(),
  processStart: z.string(),
  port: z.int().nonnegative(),
});

const environmentStateSchema = z.object({
  schemaVersion: z.literal(1),
  serving: workerRecordSchema.nullable(),
  previous: workerRecordSchema.nullable(),
  /** Every process that may live: candidates and retiring workers too. */
  processes: z.array(processSchema).default([]),
});

const supervisorRecordSchema = z.object({
  schemaVersion: z.literal(1),
  pid: z.int().positive(),
  processStart: z.string(),
  controlPort: z.int().positive(),
  token: z.string().min(32),
  publicHost: z.string(),
  publicPort: z.int().positive(),
});

export type WorkerSpec = Readonly<z.output<typeof workerSpecSchema>>;
/** A worker as `state.json` keeps it; pid 0 and port 0 when it did not run at that time. */
export type WorkerRecord = Readonly<z.output<typeof workerRecordSchema>>;
export type EnvironmentState = Readonly<z.output<typeof environmentStateSchema>>;
export type SupervisorRecord = Readonly<z.output<typeof supervisorRecordSchema>>;

export interface EnvironmentPaths {
  readonly supervisor: string;
  readonly state: string;
  readonly logs: string;
  readonly supervisorLog: string;
}

export function environmentPaths(directory: string): EnvironmentPaths {
  return {
    supervisor: join(directory, "supervisor.json"),
    state: join(directory, "state.json"),
    logs: join(directory, "logs"),
    supervisorLog: join(directory, "supervisor.log"),
  };
}

/** @throws when the file is there and is not a state: it is never taken for an empty one. */
export async function readState(directory: string): Promise<EnvironmentState> {
  const json = await readIfThere(environmentPaths(directory).state);
  if (json === null) return { schemaVersion: 1, serving: null, previous: null, processes: [] };
  return environmentStateSchema.parse(JSON.parse(json));
}

export async function writeState(directory: string, state: EnvironmentState): Promise<void> {
  await replaceFile(environmentPaths(directory).state, JSON.stringify(state, null, 2), 0o600);
}

/** null when there is none, or none that can be read: then no supervisor can be reached. */
export async function readSupervisorRecord(directory: string): Promise<SupervisorRecord | null> {
  try {
    const json = await readIfThere(environmentPaths(directory).supervisor);
    return json === null ? null : supervisorRecordSchema.parse(JSON.parse(json));
  } catch {
    return null;
  }
}

export async function writeSupervisorRecord(
  directory: string,
  record: SupervisorRecord,
): Promise<void> {
  await replaceFile(environmentPaths(directory).supervisor, JSON.stringify(record), 0o600);
}

export async function removeSupervisorRecord(directory: string): Promise<void> {
  await rm(environmentPaths(directory).supervisor, { force: true });
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
