import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import type {TorchEngine, TorchFailure} from '../torch-engine.ts';

/**
 * Tensors whose shapes do not go together, in PyTorch's words: while weights are loaded, the checkpoint is not of the format, or
 * the split, that the model was built for. Less special than everything else. In order of precedence.
 */
export const shapeFailures: readonly TorchFailure[] = [
  {
    // A part is cut out of a tensor: that of this GPU.
    code: 'unsupported-checkpoint',
    curedBy: 'model',
    whileServing: 'warning',
    codeAt: codeOfShapes,
    words: 'RuntimeError: start (0) + length (6144) exceeds dimension size (3072).',
    pattern: /start \((\d{1,12})\) \+ length \((\d{1,12})\) exceeds dimension size \((\d{1,12})\)/,
    details: ([, start, length, size], context, engine) =>
      mismatch(
        {expected: Number(start) + Number(length), present: Number(size), start: Number(start)},
        context,
        engine,
      ),
  },
  {
    code: 'unsupported-checkpoint',
    curedBy: 'model',
    whileServing: 'warning',
    codeAt: codeOfShapes,
    words:
      'RuntimeError: The size of tensor a (3072) must match the size of tensor b (6144) at non-singleton dimension 1',
    pattern:
      /The (?:expanded )?size of (?:the )?tensor (?:a )?\((\d{1,12})\) must match the (?:existing )?size (?:of tensor b )?\((\d{1,12})\) at non-singleton dimension/,
    details: ([, expected, present], context, engine) =>
      mismatch({expected: Number(expected), present: Number(present), start: 0}, context, engine),
  },
];

/** While weights are loaded, by the functions of the traceback or, without one, by the phase. */
function isLoading({phase, functions = []}: LogContext): boolean {
  return functions.length === 0 ? phase === 'load-weights' : functions.some(loads);
}

/** The functions by which engines copy the tensors of a checkpoint into those of the model. */
function loads(name: string): boolean {
  return name === 'load_model' || name.startsWith('_load_') || (name.includes('load') && name.includes('weight'));
}

function codeOfShapes(context: LogContext): string {
  return isLoading(context) ? 'unsupported-checkpoint' : 'shape-mismatch';
}

type Shapes = {readonly expected: number; readonly present: number; readonly start: number};

function mismatch(shapes: Shapes, context: LogContext, {displayName}: TorchEngine): FailureDetails {
  const {expected, present, start} = shapes;
  if (!isLoading(context)) {
    return {
      message: `A computation of the model got tensors of different sizes (${expected} and ${present}).`,
      remedy: `It is a fault of this release of ${displayName} with this model, or with an option such as speculative decoding, LoRA or another attention backend: start without these options, or use another release. Neither the memory nor the GPUs are the cause.`,
      curedBy: 'arguments',
    };
  }
  const message = `A tensor of the checkpoint has another size than ${displayName} expects: ${present}, not ${expected}.`;
  const files = 'The files are probably complete: do not download them again.';
  // The part of the first GPU was there.
  if (start > 0) {
    return {
      message: `${message} The part of this GPU would begin at ${start}.`,
      remedy: `The tensor cannot be split over so many GPUs, usually because quantization groups are fewer than these: lower the tensor parallel size (half of it is the next to try), keep experts whole with expert parallelism, or use a newer release of ${displayName}. ${files}`,
    };
  }
  const isPacked = expected === present * 2 || present === expected * 2;
  return {
    message: isPacked
      ? `${message} One is twice the other, as of 4-bit values that are stored two in a byte.`
      : message,
    remedy: `${displayName} reads the weights in another format than they have: remove --quantization from engine.extraArguments, compare quantization_config in config.json with the repository (an own copy or another revision may lack it), or use a newer release of ${displayName}. A draft model or MTP layers may be in another format than the model. ${files}`,
  };
}
