/** The charts that a panel of kind `chart` can show, by the name in its option `of`. */
export const chartNames = [
  'gpu-memory',
  'gpu-utilization',
  'gpu-power',
  'gpu-temperature',
  'first-token',
  'inter-token',
  'end-to-end',
  'queue',
  'cost',
  'tokens',
] as const;
export type ChartName = (typeof chartNames)[number];
