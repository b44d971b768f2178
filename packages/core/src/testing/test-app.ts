import { createApp, type App } from "../http/create-app.ts";
import type { AppDeps } from "../http/app-deps.ts";
import { parseApiKeys } from "../http/api-keys.ts";
import { ClickBuffer } from "../links/click-buffer.ts";
import type { LinkStore } from "../links/link-store.ts";
import { FixedClock } from "./fixed-clock.ts";
import { MemoryLogger } from "./memory-logger.ts";
import { openMemoryStore } from "./open-memory-store.ts";
import { SeededRandom } from "./seeded-random.ts";

/** The key that the test app knows. */
export const testKey = "test-key-0123456789";

/** A whole app over a real store in memory, and what is behind it. */
export interface TestApp {
  readonly app: App;
  readonly store: LinkStore;
  readonly clickBuffer: ClickBuffer;
  readonly clock: FixedClock;
  readonly logger: MemoryLogger;
  /** Asks the app, without a key. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Asks the API with the key; a body is sent as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

/** Builds an app; `changes` replaces some of what it stands on. */
export async function createTestApp(changes: Partial<AppDeps> = {}): Promise<TestApp> {
  const logger = new MemoryLogger();
  const clock = new FixedClock();
  const store = changes.store ?? (await openMemoryStore());
  const clickBuffer = new ClickBuffer({ store, logger, flushIntervalMs: 60_000 });
  const apiKeys = parseApiKeys(testKey);
  if (!apiKeys.ok) throw new Error(apiKeys.failure.message);
  const app = createApp({
    store,
    clickBuffer,
    clock,
    logger,
    random: new SeededRandom(),
    apiKeys: apiKeys.value,
    build: { commit: "c0ffee", digest: "sha256:d1", version: null },
    publicUrl: "https://s.example.com/",
    ...changes,
  });
  const ask = async (path: string, init?: RequestInit) =>
    app.fetch(new Request(`http://localhost${path}`, init));
  const call = (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${testKey}`, "content-type": "application/json" };
    return ask(
      path,
      body === undefined ? { method, headers } : { method, headers, body: toBody(body) },
    );
  };
  return { app, store, clickBuffer, clock, logger, ask, call };
}

function toBody(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return typeof body === "string" ? body : JSON.stringify(body);
}
