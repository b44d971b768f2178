/** Where chance comes from. */
export interface Random {
  /** A uniformly distributed integer, 0 ≤ result < `bound`; `bound` is a whole number from 1 to 2^32. */
  integerBelow(bound: number): number;
}
