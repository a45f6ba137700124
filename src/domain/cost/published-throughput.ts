/** Measured on a node with a model of this size. */
export type PublishedThroughput = {
  readonly card: string;
  readonly gpuCount: number;
  readonly model: string;
  readonly workload: string;
  /** Requests at the same time; null where nothing limited them. */
  readonly concurrency: number | null;
  /** Tokens per second of the whole node. */
  readonly totalTokensPerSecond: number;
  readonly outputTokensPerSecond: number;
  readonly source: string;
};

const lambda = {card: 'B200', gpuCount: 8, workload: '8192 in, 2048 out', concurrency: 32};

/** Output tokens per second of each user at 4, 8, 16, 32 and 64 users: 8 GPUs, tensor parallel, no speculative decoding. */
const inferenceX: Readonly<Record<string, readonly number[]>> = {
  H200: [91.2, 70.3, 46.6, 28.9, 16.7],
  B200: [104.4, 81.1, 59.2, 40.5, 26.0],
  B300: [111.1, 84.4, 60.6, 42.0, 26.8],
  MI355X: [41.7, 34.7, 21.9, 16.3, 10.7],
  MI325X: [46.0, 35.2, 25.8, 14.7, 9.9],
  MI300X: [43.8, 31.7, 22.7, 12.9, 8.6],
};
const inferenceXUsers = [4, 8, 16, 32, 64];

/** Sizes of both are what the benchmarks counted per request: random sizes up to those asked for, or answers that ended early. */
const recipe = {
  card: 'H200',
  gpuCount: 8,
  concurrency: null,
  source: 'vLLM, its recipe: https://github.com/vllm-project/recipes moonshotai/Kimi-K2-Think.md',
};
const cookbook = {
  card: 'H200',
  gpuCount: 8,
  model: 'Kimi K2.5 INT4',
  source: 'SGLang, its cookbook for 0.5.6.post2: https://github.com/sgl-project/sgl-cookbook Kimi-K2.5.md',
};

/**
 * Measurements of nodes that hold the model: Lambda's of this model and the one before, and others' of earlier ones with the
 * same architecture.
 */
export const publishedThroughputs: readonly PublishedThroughput[] = [
  {
    ...lambda,
    model: 'Kimi K2.7 Code',
    totalTokensPerSecond: 5786.74,
    outputTokensPerSecond: 1157.35,
    source: 'Lambda, https://lambda.ai/inference-models/moonshotai/kimi-k2.7-code',
  },
  {
    ...lambda,
    model: 'Kimi K2.6',
    totalTokensPerSecond: 7046,
    outputTokensPerSecond: 1408,
    source: 'Lambda, https://lambda.ai/inference-models/moonshotai/kimi-k2.6',
  },
  ...Object.entries(inferenceX).flatMap(([card, rates]) =>
    rates.map((rate, index) => inferenceXPoint(card, rate, index)),
  ),
  {
    ...recipe,
    model: 'Kimi K2 Thinking',
    workload: '8000 in, 390 out',
    totalTokensPerSecond: 10_462.6,
    outputTokensPerSecond: 485.8,
  },
  {
    ...recipe,
    model: 'Kimi K2 Thinking DCP8',
    workload: '8000 in, 442 out',
    totalTokensPerSecond: 13_290.4,
    outputTokensPerSecond: 695.1,
  },
  {...cookbook, workload: '610 in, 422 out', concurrency: 1, totalTokensPerSecond: 260, outputTokensPerSecond: 106},
  {...cookbook, workload: '496 in, 510 out', concurrency: 16, totalTokensPerSecond: 509, outputTokensPerSecond: 258},
  {...cookbook, workload: '500 in, 505 out', concurrency: 100, totalTokensPerSecond: 504, outputTokensPerSecond: 254},
];

/** Of each node, model and publisher the measurement with the highest total. */
export function highestOfEach(measured: readonly PublishedThroughput[]): readonly PublishedThroughput[] {
  const series = Map.groupBy(measured, ({card, gpuCount, model, source}) => `${gpuCount} ${card} ${model} ${source}`);
  return [...series.values()].flatMap((points) =>
    points.toSorted((a, b) => b.totalTokensPerSecond - a.totalTokensPerSecond).slice(0, 1),
  );
}

/** All users together, who sent eight tokens for each that they got. */
function inferenceXPoint(card: string, rate: number, index: number): PublishedThroughput {
  const concurrency = inferenceXUsers[index] ?? 0;
  const output = rate * concurrency;
  return {
    card,
    gpuCount: 8,
    model: 'Kimi K2.5 INT4',
    workload: '8192 in, 1024 out',
    concurrency,
    totalTokensPerSecond: Math.round(output) + Math.round(output * 8),
    outputTokensPerSecond: Math.round(output),
    source: 'InferenceX, https://kimi-capacity-report.pages.dev',
  };
}

/** Other forms of a chip are other cards: an NVL or PCIe one is slower, and rented at another price, than the one on a board. */
const forms = ['nvl', 'pcie'];

/** Whether a GPU as a catalog or a driver names it (`NVIDIA H100 80GB HBM3`) is this card (`H100`). */
export function isCard(gpuName: string, card: string): boolean {
  const [wanted, words] = [wordsOf(card), wordsOf(gpuName)];
  if (wanted.length === 0 || !` ${words.join(' ')} `.includes(` ${wanted.join(' ')} `)) return false;
  return forms.every((form) => wanted.includes(form) || !words.includes(form));
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
