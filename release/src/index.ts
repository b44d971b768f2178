export type { TrunklineConfig } from "./policy/config.ts";
