import {gibText} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_MIB} from '../../../shared/units.ts';
import type {LogContext} from '../../engine.ts';
import type {Failure, FailureDetails} from '../../log/failure-catalog.ts';
import {fact, mibToBytes} from '../../log/log-rules.ts';

/** A GPU, or the host, does not have enough memory. In order of precedence. */
export const memoryFailures: readonly Failure[] = [
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    codeAt: ({phase, isReady}) =>
      isReady ? 'out-of-memory-serving' : phase === 'kv-cache' ? 'out-of-memory-kv-cache' : 'out-of-memory-loading',
    pattern: /allocating ([\d.]+) MiB on device (\d+): (?:cudaMalloc|hipMalloc) failed: out of memory/,
    facts: (match) => [fact('wantedBytesPerGpu', mibToBytes(match[1]))],
    details: (match, context) => outOfMemory(`GPU ${match[2]} ran out of memory allocating ${gib(match[1])}`, context),
  },
  {
    code: 'kv-cache-too-large',
    curedBy: 'arguments',
    pattern: /failed to allocate buffer for kv cache|failed to allocate (?:\S+ )?buffer for (?:the )?KV cache/i,
    details: (_, {facts}) =>
      shorterContext('The KV cache does not fit in the memory left by the weights', facts.contextLengthTokens),
  },
  {
    code: 'compute-buffer-too-large',
    curedBy: 'arguments',
    pattern: /failed to allocate compute (?:pp )?buffers|failed to reserve (?:initial )?memory/,
    details: () => ({
      message: 'The compute buffers do not fit in the memory left by weights and KV cache.',
      remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, or shorten the context.',
    }),
  },
  {
    code: 'weights-too-large',
    curedBy: 'gpus',
    pattern: /unable to allocate (\S+) buffer|error loading model: .{0,400}(?:alloc|out of memory)/i,
    details: () => ({
      message: 'The weights do not fit in GPU memory.',
      remedy: weightsRemedy,
    }),
  },
  {
    code: 'kv-cache-full',
    curedBy: 'arguments',
    severity: 'warning',
    pattern: /failed to find free space in the KV cache, retrying with smaller batch size|failed to find a memory slot/,
    details: () => ({
      message: 'The KV cache is full: running requests wait for each other or fail.',
      remedy: 'Restart with a larger context (all requests share it), or with fewer concurrent requests.',
    }),
  },
];

const weightsRemedy =
  'Check gantry gpus for other processes. Otherwise keep experts in host memory (--n-cpu-moe N in engine.extraArguments) or use a smaller quantization.';

function outOfMemory(message: string, context: LogContext): FailureDetails {
  if (context.isReady) {
    return {
      message: `${message} while serving.`,
      remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, or the concurrent requests.',
      curedBy: 'arguments',
    };
  }
  if (context.phase === 'kv-cache') {
    return shorterContext(`${message} for the KV cache`, context.facts.contextLengthTokens);
  }
  return {message: `${message} for the weights.`, remedy: weightsRemedy};
}

/** Half the context needs half the cache; an 8-bit cache is half the size too, and keeps the context. */
function shorterContext(message: string, contextTokens: number | undefined): FailureDetails {
  const halved = contextTokens === undefined ? 0 : Math.floor(contextTokens / 2 / 256) * 256;
  if (halved < 1) return {message: `${message}.`, remedy: 'Restart with a shorter context or an 8-bit KV cache.'};
  return {
    message: `${message} (${countText(contextTokens ?? 0)} tokens).`,
    remedy: `Restart with a shorter context, such as ${countText(halved)} tokens, or with an 8-bit KV cache.`,
    settingsChange: {contextLengthTokens: halved},
  };
}

function gib(mib: string | undefined): string {
  return gibText(Number(mib) * BYTES_PER_MIB);
}
