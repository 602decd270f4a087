/** One line of the benchmark table: a figure is worth nothing without its unit and method. */
export type BenchRow = { benchmark: string; figure: string; unit: string; value: number; method: string }
