/** Why a database cannot be opened or migrated, as far as an operator can do something about it. */
export type StorageFailureCode =
  | "database-url-invalid"
  | "database-unreachable"
  | "database-busy"
  | "migrations-unreadable"
  | "migration-malformed"
  | "migration-changed"
  | "migration-missing"
  | "migration-failed";

/** An expected failure: what happened, and what the operator does next. Never holds a password. */
export interface StorageFailure {
  readonly code: StorageFailureCode;
  readonly message: string;
  readonly next: string;
}
