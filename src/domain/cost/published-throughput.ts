/** Measured on a node with a model of this size. */
export type PublishedThroughput = {
  readonly card: string;
  readonly gpuCount: number;
  readonly model: string;
  readonly workload: string;
  readonly concurrency: number;
  /** Tokens per second of the whole node. */
  readonly totalTokensPerSecond: number;
  readonly outputTokensPerSecond: number;
  readonly source: string;
};

const inferenceX = {
  gpuCount: 8,
  model: 'Kimi K2.5 INT4',
  workload: '8192 in, 1024 out',
  concurrency: 64,
  source: 'InferenceX, https://kimi-capacity-report.pages.dev',
};

/**
 * Measurements of nodes that hold the model, with concurrency: Lambda's of this model, and InferenceX's of an earlier one
 * with the same architecture (its rate per user times 64).
 */
export const publishedThroughputs: readonly PublishedThroughput[] = [
  {
    card: 'B200',
    gpuCount: 8,
    model: 'Kimi K2.7 Code',
    workload: '8192 in, 2048 out',
    concurrency: 32,
    totalTokensPerSecond: 5786.74,
    outputTokensPerSecond: 1157.35,
    source: 'Lambda, https://lambda.ai/inference-models/moonshotai/kimi-k2.7-code',
  },
  {card: 'H200', ...inferenceX, totalTokensPerSecond: 9619, outputTokensPerSecond: 1069},
  {card: 'B200', ...inferenceX, totalTokensPerSecond: 14_976, outputTokensPerSecond: 1664},
  {card: 'B300', ...inferenceX, totalTokensPerSecond: 15_437, outputTokensPerSecond: 1715},
  {card: 'MI355X', ...inferenceX, totalTokensPerSecond: 6163, outputTokensPerSecond: 685},
  {card: 'MI325X', ...inferenceX, totalTokensPerSecond: 5703, outputTokensPerSecond: 634},
  {card: 'MI300X', ...inferenceX, totalTokensPerSecond: 4953, outputTokensPerSecond: 550},
];

/** Whether a GPU as a catalog or a driver names it (`NVIDIA H100 80GB HBM3`) is this card (`H100`). */
export function isCard(gpuName: string, card: string): boolean {
  const wanted = wordsOf(card);
  return wanted !== '' && ` ${wordsOf(gpuName)} `.includes(` ${wanted} `);
}

function wordsOf(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join(' ');
}
