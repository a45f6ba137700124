import type {LogContext} from '../engine.ts';
import type {Failure, FailureDetails} from '../log/failure-catalog.ts';

/** Quantized weights, cut by tensor parallelism to a width that is no multiple of their blocks or groups. */
export const splitFailures: readonly Failure[] = [
  {
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words:
      "ValueError: The output_size of gate's and up's weight = 192 is not divisible by weight quantization block_n = 128.",
    pattern:
      /(?:gate's and up's|down's|experts?|w13|w2)\b[^\n/=]{0,60} = (\d+),? is not divisible by [^\n=]{1,60} = (\d+)/,
    details: ([, width, block]) => ({
      message: notDivisible('each GPU\u2019s part of an expert', width, block),
      remedy:
        'Keep every expert whole on one GPU (expert parallelism), or lower the tensor parallel size. It is not a matter of memory.',
      settingsChange: {expertParallel: true},
    }),
  },
  {
    // SGLang's check before it loads: the width of an expert, and the GPUs that it is split over.
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words:
      'ValueError: For quantized MoE models, please make sure (moe_intermediate_size=2048 / moe_tp_size=32) % weight_block_size_n=128 == 0',
    pattern: /\(moe_intermediate_size=(\d+) \/ moe_tp_size=(\d+)\) % weight_block_size_n=(\d+)/,
    details: ([, size, count, block]) => ({
      message: notDivisible(
        'each GPU\u2019s part of an expert',
        String(Math.floor((Number(size) / Number(count)) * 100) / 100),
        block,
      ),
      remedy:
        'Keep every expert whole on one GPU (expert parallelism over all GPUs), or lower the tensor parallel size. It is not a matter of memory.',
      settingsChange: {expertParallel: true},
    }),
  },
  {
    // PyTorch's own product of FP8 matrices, and checks in the words of its layers.
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words: 'RuntimeError: Expected trailing dimension of mat1 to be divisible by 16 but got mat1 shape: (16x1160).',
    pattern:
      /(?:trailing dimension of mat\d|in_features|out_features|(?:input|output)_size(?:_per_partition)?)(?: \(\d+\))? (?:must|to|should) be divisible by (\d+)(?:,? (?:but )?got (?:mat\d shape: \(\d+x)?(\d+))?/,
    details: ([, block, width], context) =>
      width === undefined
        ? {
            message: `The quantized weights cannot be split this way: a GPU\u2019s part is no multiple of ${block}.`,
            remedy:
              'Lower the tensor parallel size; pipeline or data parallelism uses the other GPUs. It is not a matter of memory.',
          }
        : smallerSplit(Number(width), Number(block), context),
  },
  {
    // Scales per group: a group would be cut.
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words: 'RuntimeError: size_k = 704, is not divisible by b_scales.size(1) = 5',
    pattern: /size_([kn]) = (\d+),? is not divisible by (\w*scales\S{0,20}|\S*group_size\S{0,20}) = (\d+)/,
    details: ([, , width, what = '', count]) => ({
      message: what.includes('scales')
        ? `The quantized weights cannot be split this way: ${width} columns on a GPU do not fit ${count} scales.`
        : notDivisible('a GPU\u2019s part of a weight', width, count),
      remedy:
        'Keep every expert whole on one GPU (expert parallelism), use a lower tensor parallel size, or a checkpoint with smaller quantization groups. It is not a matter of memory.',
      settingsChange: {expertParallel: true},
    }),
  },
  {
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words: 'ValueError: Weight input_size_per_partition = 192 is not divisible by weight quantization block_k = 128.',
    pattern: /(?:input|output)_(?:size_per_)?partition(?:_size)? = (\d+),? is not divisible by [^\n=]{1,60} = (\d+)/,
    details: ([, width, block], context) => smallerSplit(Number(width), Number(block), context),
  },
  {
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words:
      'ValueError: The input size is not aligned with the quantized weight shape. This can be caused by too large tensor parallel size.',
    pattern:
      /(?:input|output) size is not aligned with the quantized weight shape|too large tensor parallel size|Failed to find a kernel that can implement the \w{1,40} linear layer/,
    details: () => ({
      message: 'The quantized weights cannot be split over so many GPUs.',
      remedy:
        'Lower the tensor parallel size (half of it is the next to try), keep experts whole with expert parallelism, or use another format. It is not a matter of memory.',
    }),
  },
  {
    // The kernel for experts in INT4 or INT8: its blocks, or the groups of the weights, do not divide a GPU's part of an expert.
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words: 'RuntimeError: size_k must divisible by BLOCK_SIZE_K',
    pattern:
      /\b(?:size_[kn] must (?:be )?divisible by BLOCK_SIZE_[KN]|BLOCK_SIZE_K must (?:be )?divisible by group_size)/,
    details: () => ({
      message:
        'The quantized experts cannot be split this way: each GPU\u2019s part of one is no multiple of what its kernel computes at a time.',
      remedy:
        'Keep every expert whole on one GPU (expert parallelism), or lower the tensor parallel size; pipeline or data parallelism uses the other GPUs. It is not a matter of memory.',
      settingsChange: {expertParallel: true},
    }),
  },
  {
    code: 'quantization-not-divisible',
    curedBy: 'gpus',
    words: 'RuntimeError: GPTQ_MARLIN_MIN_THREAD_N (64) > out_features',
    pattern:
      /MARLIN_MIN_THREAD_[NK] (?:= )?\(?(\d{1,5})\)?,? > (?:out|in)_features|(?:output|input)_size_per_partition = \d{1,9} is not divisible by {1,3}min_thread_[nk] = (\d{1,5})/,
    details: ([, least, multiple]) => ({
      message:
        least === undefined
          ? `The quantized weights cannot be split this way: a GPU\u2019s part is no multiple of the ${multiple} columns that the Marlin kernel needs.`
          : `The quantized weights cannot be split this way: a GPU\u2019s part is narrower than the ${least} columns that the Marlin kernel needs.`,
      remedy:
        'Lower the tensor parallel size; pipeline or data parallelism uses the other GPUs. It is not a matter of memory.',
    }),
  },
];

function notDivisible(what: string, width: string | undefined, block: string | undefined): string {
  return `The quantized weights cannot be split this way: ${what} is ${width} wide, and their blocks ${block}.`;
}

/** A part of the width that is left, and the block, have to fit: the split must be coarser by this factor. */
function smallerSplit(width: number, block: number, {facts}: LogContext): FailureDetails {
  const factor = block / greatestDivisor(width, block);
  const present = facts.tensorParallelSize;
  const wanted = present === undefined ? null : present / factor;
  const message = notDivisible('a GPU\u2019s part of a weight', String(width), String(block));
  if (wanted === null || !Number.isInteger(wanted) || wanted < 1) {
    return {
      message,
      remedy: `Lower the tensor parallel size by a factor of ${factor}; pipeline or data parallelism uses the other GPUs. Expert parallelism helps only if the weight is that of a routed expert. It is not a matter of memory.`,
    };
  }
  return {
    message,
    remedy: `Restart with a tensor parallel size of ${wanted}; pipeline or data parallelism uses the other GPUs. It is not a matter of memory.`,
    settingsChange: {tensorParallelSize: wanted},
  };
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
