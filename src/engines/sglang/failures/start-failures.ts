import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';
import {socketFailures} from '../../torch/socket-failures.ts';

/** Why SGLang does not start: arguments, files, port. In order of precedence. */
export const startFailures: readonly Failure[] = [
  ...socketFailures('TMPDIR'),
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: 'OSError: Port 30000 is already in use.',
    // SGLang checks the port before it starts; uvicorn only after the weights are loaded.
    pattern: /[Pp]ort (\d+) is (?:already in use|not available)/,
    details: portTaken,
  },
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: "[Errno 98] error while attempting to bind on address ('0.0.0.0', 30000): address already in use",
    pattern: /\[Errno 98\](?:.*bind on address \('[^']*', (\d+)\))?|Address already in use/,
    details: portTaken,
  },
  {
    code: 'context-too-long',
    curedBy: 'arguments',
    words: '] Warning: User-specified context_length (524288) is greater than the derived context_length (262144).',
    severity: 'warning',
    isLasting: true,
    // With SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN this is only a log line.
    pattern: /\] Warning: User-specified context_length \((\d+)\) is greater than the derived context_length \((\d+)\)/,
    details: contextTooLong,
  },
  {
    code: 'context-too-long',
    curedBy: 'arguments',
    words: 'ValueError: User-specified context_length (524288) is greater than the derived context_length (262144).',
    pattern: /User-specified context_length \((\d+)\) is greater than the derived context_length \((\d+)\)/,
    details: contextTooLong,
  },
  {
    code: 'not-divisible',
    curedBy: 'gpus',
    words: 'AssertionError: 64 is not divisible by 6',
    pattern: /\b(\d+) is not divisible by (\d+)/,
    details(match) {
      const size = largestPowerOfTwo(Number(match[1]), Number(match[2]));
      return {
        message: `The model cannot be split over ${match[2]} GPUs: ${match[1]} is not divisible by ${match[2]}.`,
        remedy: `Restart with a tensor parallel size that divides it, such as ${size}.`,
        settingsChange: {tensorParallelSize: size},
      };
    },
  },
  {
    code: 'model-missing',
    curedBy: 'model',
    words: 'RuntimeError: Cannot find any model weights with `/models/kimi`',
    pattern: /Cannot find any model weights with `([^`]+)`|Incorrect path_or_model_id: '([^']+)'/,
    details: (match) => ({
      message: `There is no model at ${match[1] ?? match[2]}.`,
      remedy: 'Check the name or directory, and whether the download is complete.',
    }),
  },
  {
    code: 'unknown-argument',
    curedBy: 'arguments',
    words: 'error: unrecognized arguments: --no-such-option',
    pattern: /error: unrecognized arguments: (.+)/,
    details: (match) => ({
      message: `This version of SGLang does not support ${match[1]}.`,
      remedy: unknownArgumentRemedy(match[1] ?? ''),
    }),
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    words: "error: argument --tp-size: invalid int value: 'x'",
    pattern:
      /\berror: (argument (?!--(?:tool-call|reasoning)-parser: invalid choice).+|ambiguous option: .+|the following arguments are required: .+)/,
    details: (match) => ({
      message: `SGLang rejects its command line: ${match[1]}.`,
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
    ? 'Remove it from engine.extraArguments if it is there; otherwise install a newer SGLang (Kimi K2.7 needs 0.5.10).'
    : `${known[0]} needs SGLang ${known[1]} or newer: upgrade, or remove the setting that uses it.`;
}

function portTaken(match: RegExpExecArray): FailureDetails {
  const port = match[1] === undefined ? null : Number(match[1]);
  return {
    message: port === null ? 'The port is used by another program.' : `Port ${port} is in use.`,
    remedy: 'Stop the program that uses it, or start on another port.',
    ...(port === null || port >= 65_535 ? {} : {settingsChange: {port: port + 1}}),
  };
}

function contextTooLong(match: RegExpExecArray): FailureDetails {
  return {
    message: `The model supports ${grouped(match[2])} tokens, and ${grouped(match[1])} were requested.`,
    remedy: 'Restart with a context that the model supports.',
    settingsChange: {contextLengthTokens: Number(match[2])},
  };
}

/** The largest power of two, up to the requested size, that divides what is split. */
function largestPowerOfTwo(whole: number, asked: number): number {
  let size = 1;
  while (size * 2 <= asked && whole % (size * 2) === 0) size *= 2;
  return size;
}
