import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';

/** What keeps SGLang from starting: its arguments, its files, its port. In the order of precedence. */
export const startFailures: readonly Failure[] = [
  {
    code: 'port-in-use',
    // SGLang looks before it starts; uvicorn finds out after the weights are loaded.
    pattern: /[Pp]ort (\d+) is (?:already in use|not available)/,
    details: portTaken,
  },
  {
    code: 'port-in-use',
    pattern: /\[Errno 98\](?:.*bind on address \('[^']*', (\d+)\))?|Address already in use/,
    details: portTaken,
  },
  {
    code: 'context-too-long',
    severity: 'warning',
    // SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN makes it a line of the log.
    pattern: /\] Warning: User-specified context_length \((\d+)\) is greater than the derived context_length \((\d+)\)/,
    details: contextTooLong,
  },
  {
    code: 'context-too-long',
    pattern: /User-specified context_length \((\d+)\) is greater than the derived context_length \((\d+)\)/,
    details: contextTooLong,
  },
  {
    code: 'not-divisible',
    pattern: /\b(\d+) is not divisible by (\d+)/,
    details(match) {
      const size = largestPowerOfTwo(Number(match[1]), Number(match[2]));
      return {
        message: `The model cannot be split over ${match[2]} cards: ${match[1]} is not divisible by ${match[2]}.`,
        remedy: `Restart with a tensor parallel size that divides it, such as ${size}.`,
        settingsChange: {tensorParallelSize: size},
      };
    },
  },
  {
    code: 'too-few-gpus',
    pattern: /CUDA error: invalid device ordinal/,
    details: () => ({
      message: 'More cards were asked for than there are.',
      remedy:
        'See gantry gpus for a lost card and CUDA_VISIBLE_DEVICES for hidden ones, or lower the tensor parallel size.',
    }),
  },
  {
    code: 'unsupported-model',
    pattern:
      /Model architectures (\[[^\]]{1,200}\]) are not supported for now|model type `([^`]+)` but Transformers does not recognize/,
    details: (match) => ({
      message: `This version of SGLang does not know the model (${match[1] ?? match[2]}).`,
      remedy: 'Install a newer SGLang (Kimi K2.7 wants 0.5.10): uv pip install -U sglang.',
    }),
  },
  {
    code: 'model-missing',
    pattern: /Cannot find any model weights with `([^`]+)`|Incorrect path_or_model_id: '([^']+)'/,
    details: (match) => ({
      message: `There is no model at ${match[1] ?? match[2]}.`,
      remedy: 'Check the name or directory, and that the download is complete.',
    }),
  },
  {
    code: 'unknown-argument',
    pattern: /error: unrecognized arguments: (.+)$/,
    details: (match) => ({
      message: `This version of SGLang does not know ${match[1]}.`,
      remedy: unknownArgumentRemedy(match[1] ?? ''),
    }),
  },
  {
    code: 'invalid-argument',
    pattern: /\berror: (argument .+|ambiguous option: .+|the following arguments are required: .+)$/,
    details: (match) => ({
      message: `SGLang refuses its command line: ${match[1]}.`,
      remedy: 'Correct it in engine.extraArguments or in the settings.',
    }),
  },
];

/** The first release with an option (release notes and pull requests of sgl-project/sglang). */
const releases: readonly (readonly [option: string, release: string])[] = [
  ['--dcp-size', '0.5.15 (0.5.16 for Kimi K2.5 to K2.7)'],
  ['--uvicorn-access-log-exclude-prefixes', '0.5.8'],
];

function unknownArgumentRemedy(options: string): string {
  const known = releases.find(([option]) => options.includes(option));
  return known === undefined
    ? 'Remove it from engine.extraArguments if it is there; else install a newer SGLang (Kimi K2.7 wants 0.5.10).'
    : `${known[0]} came with SGLang ${known[1]}: install that or newer, or do without what asks for it.`;
}

function portTaken(match: RegExpExecArray): FailureDetails {
  const port = match[1] === undefined ? null : Number(match[1]);
  return {
    message: port === null ? 'The port is taken by another program.' : `Port ${port} is taken.`,
    remedy: 'Stop the program that holds it, or start on another port.',
    ...(port === null || port >= 65_535 ? {} : {settingsChange: {port: port + 1}}),
  };
}

function contextTooLong(match: RegExpExecArray): FailureDetails {
  return {
    message: `The model reaches ${grouped(match[2])} tokens, and ${grouped(match[1])} were asked for.`,
    remedy: 'Restart with a context the model has.',
    settingsChange: {contextLengthTokens: Number(match[2])},
  };
}

/** The largest power of two, up to the size asked for, that divides what is to be split. */
function largestPowerOfTwo(whole: number, asked: number): number {
  let size = 1;
  while (size * 2 <= asked && whole % (size * 2) === 0) size *= 2;
  return size;
}
