import {z} from 'zod';
import {hasProgram, runCommand} from './run-command.ts';

const reportSchema = z.object({
  install: z
    .array(z.object({metadata: z.object({version: z.string(), requires_dist: z.array(z.string()).optional()})}))
    .length(1),
});

/** What of its requirements exists for CUDA alone. */
const cudaOnly = /^(?:cuda-python|flashinfer|flash-attn|nvidia-(?!ml-py)|nvshmem|sgl-|sglang-kernel)/;

/** Why SGLang cannot be had for the CPU: by what its newest package requires. Downloads only its metadata. */
export function findSglang(): {readonly missing: string} {
  if (!hasProgram('python3')) return {missing: 'python3 is not on the path'};
  const report = runCommand('python3', [
    ...['-m', 'pip', 'install', '--quiet', '--dry-run', '--ignore-installed', '--no-deps', '--report', '-', 'sglang'],
  ]);
  const [sglang] = reportSchema.parse(JSON.parse(report)).install;
  const requirements = sglang?.metadata.requires_dist ?? [];
  const names = requirements
    .filter((line) => cudaOnly.test(line) && !line.includes('extra =='))
    .map((line) => /^[\w.-]+/.exec(line)?.[0] ?? line);
  if (names.length === 0) {
    return {missing: `sglang ${sglang?.metadata.version} may run on a CPU by now: its installation is not written yet`};
  }
  return {
    missing: `sglang ${sglang?.metadata.version} requires what exists for CUDA alone (${names.join(', ')}); for a CPU it is built from its source, with its kernels`,
  };
}
