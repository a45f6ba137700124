import {countedText} from '../../../shared/quantities/counts.ts';
import {type Failure, grouped} from '../../log/failure-catalog.ts';
import {socketFailures} from '../../torch/socket-failures.ts';

/** Why vLLM does not start: arguments, files, port, timeout. In order of precedence. */
export const startFailures: readonly Failure[] = [
  ...socketFailures('VLLM_RPC_BASE_PATH (without it, TMPDIR)'),
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: "OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
    // vLLM's own bind names no address; uvicorn and asyncio do.
    pattern: /\[Errno 98\] (?:Address already in use|.{0,400}bind on address \('[^']*', (\d+)\))/i,
    details: (match) => ({
      message:
        match[1] === undefined
          ? 'A port is used by another program; the line does not name it.'
          : `Port ${match[1]} is in use.`,
      remedy:
        match[1] === undefined
          ? 'It may be that of the API or one on which the ranks meet: see ss -ltnp, and end engines that were left over. If no port is free at all, ss -s shows it.'
          : 'Stop the program that uses it, or start on another port.',
      ...(match[1] === undefined || Number(match[1]) >= 65_535 ? {} : {settingsChange: {port: Number(match[1]) + 1}}),
    }),
  },
  {
    code: 'heads-not-divisible',
    curedBy: 'gpus',
    words: 'Total number of attention heads (64) must be divisible by tensor parallel size (6).',
    pattern: /Total number of attention heads \((\d+)\) must be divisible by tensor parallel size \((\d+)\)/,
    details(match) {
      const size = largestDivisor(Number(match[1]), Number(match[2]));
      return {
        message: `${match[1]} attention heads cannot be split over ${match[2]} GPUs.`,
        remedy: `Restart with a tensor parallel size that divides the heads, such as ${size}.`,
        settingsChange: {tensorParallelSize: size},
      };
    },
  },
  {
    code: 'too-few-gpus',
    curedBy: 'hardware',
    words: 'World size (16) is larger than the number of available GPUs (8) in this node.',
    pattern: /World size \((\d+)\) is larger than the number of available GPUs \((\d+)\)/,
    details: (match) => ({
      message: `${countedText(Number(match[1]), 'GPU')} ${match[1] === '1' ? 'was' : 'were'} requested and ${match[2]} are available.`,
      remedy: 'Check gantry gpus for a lost GPU and CUDA_VISIBLE_DEVICES for hidden ones.',
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words:
      "ValueError: NvFp4 MoE backend 'FLASHINFER_CUTLASS' does not support the deployment configuration since kernel does not support current device cuda.",
    pattern:
      /No (\w{1,40}) MoE backend supports the deployment configuration| MoE backend(?<=(?<!\w)(\w{1,40}) MoE backend) '(\w{1,60})' does not support the deployment configuration(?: since ([^\n.]{1,200}))?/,
    details: ([, none, format, backend, reason]) => ({
      message:
        backend === undefined
          ? `vLLM has no kernels for the experts of this model in ${none} on these GPUs, with this split and these options.`
          : `The backend ${backend} for experts in ${format} does not take this model here${reason === undefined ? '' : `: ${reason.trim()}`}.`,
      remedy:
        'Remove --moe-backend and expert or data parallelism one by one, so that vLLM may choose another one; or use a checkpoint in another format, or a newer release. Memory settings do not help.',
    }),
  },
  {
    code: 'context-too-long',
    curedBy: 'arguments',
    words:
      'User-specified max_model_len (524288) is greater than the derived max_model_len (max_position_embeddings=262144)',
    pattern: /User-specified max_model_len \((\d+)\) is greater than the derived max_model_len \(\D*?(\d+)/,
    details: (match) => ({
      message: `The model supports ${grouped(match[2])} tokens, and ${grouped(match[1])} were requested.`,
      remedy: 'Restart with a context that the model supports.',
      settingsChange: {contextLengthTokens: Number(match[2])},
    }),
  },
  {
    code: 'model-missing',
    curedBy: 'model',
    words: "Invalid repository ID or local directory specified: '/models/kimi'",
    pattern:
      /Invalid repository ID or local directory specified: '?([^'\s]+)|Cannot find any model weights with `([^`]+)`/,
    details: (match) => ({
      message:
        match[2] === undefined
          ? `There is no model at ${match[1] ?? 'the given place'}.`
          : `${match[2]} has no files of weights.`,
      remedy: 'Check the name or directory, and whether the download is complete.',
    }),
  },
  {
    code: 'start-timeout',
    curedBy: 'host',
    words: 'TimeoutError: Timed out waiting for engine core processes to start. Waited 600s',
    pattern: /Timed out waiting for engine core processes to start(?:.*?Waited (\d+) ?s)?/,
    details: (match) => ({
      message: `The engine core was not ready${match[1] === undefined ? ' in time' : ` within ${match[1]} s`}; the usual reason is slow weight loading.`,
      remedy: 'Put the model on a faster disk, and end leftover engine processes (see gantry gpus).',
    }),
  },
];

/** The largest tensor parallel size, up to the requested one, that divides the heads. */
function largestDivisor(heads: number, asked: number): number {
  for (let size = Math.min(heads, asked); size > 1; size -= 1) if (heads % size === 0) return size;
  return 1;
}
