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
    // ZeroMQ says it of the ports between SGLang's own processes.
    pattern: /\[Errno 98\](?:.*bind on address \('[^']*', (\d+)\))?|(?<!ZMQError: )Address already in use/,
    details: portTaken,
  },
  {
    code: 'host-memory-not-pinned',
    curedBy: 'arguments',
    words: 'RuntimeError: cudaHostRegister failed (rc=1) at offset=0 size=34760392704',
    pattern: /cudaHostRegister failed/,
    details: () => ({
      message: 'The host memory for the hierarchical KV cache could not be pinned for the GPUs.',
      remedy:
        'Lower --hicache-size or --hicache-ratio in engine.extraArguments: it counts per GPU. Set ulimit -l unlimited (--ulimit memlock=-1 of the container), and look at free -h. It is not GPU memory.',
    }),
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
];

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
