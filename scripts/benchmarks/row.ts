/** One line of the benchmark table: a figure is worth nothing without its unit and method. */
export type BenchRow = {
  benchmark: string
  figure: string
  unit: string
  value: number
  method: string
  /** The same of openNDS (gate) or InfluxDB (telemetry), in the same run and unit. */
  theirs?: number
  ratio?: string
  /** What was asked for, and whether this run met it. */
  target?: string
}
