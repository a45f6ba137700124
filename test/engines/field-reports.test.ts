import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import type {LogDiagnosis, LogEnding} from '../../src/domain/diagnosis/log-diagnosis.ts';
import type {SettingsChange} from '../../src/domain/settings/launch-settings.ts';
import {createLogReading} from '../../src/engines/log/read-log.ts';
import {engines} from '../../src/engines/registry.ts';

const folder = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the field reports are not in ${folder}.`);

function diagnosisOf(file: string): LogDiagnosis | null {
  const reading = createLogReading(engines, null);
  for (const [index, text] of readFileSync(path.join(folder, file), 'utf8').split('\n').entries())
    reading.take({text, number: index + 1});
  return reading.result();
}

/** A failure as it was established by maintainers or by those who reported it. */
type Report = {
  readonly file: string;
  readonly engine: 'vllm' | 'sglang' | 'llamacpp' | null;
  readonly code: string;
  /** What the operator has to read: the cause in the message, the fix in the remedy. */
  readonly says?: RegExp;
  readonly fix?: RegExp;
  readonly change?: SettingsChange;
};

const failures: readonly Report[] = [
  {
    file: 'field/01-vllm-0251-max-model-len-rejected.txt',
    engine: 'vllm',
    code: 'vllm.context-too-long',
    says: /2,048 tokens, and 999,999/,
    change: {contextLengthTokens: 2048},
  },
  {
    file: 'field/02-vllm-0251-no-kv-memory-cpu.txt',
    engine: 'vllm',
    code: 'vllm.no-kv-cache-memory',
    fix: /VLLM_CPU_KVCACHE_SPACE.*No GPU/,
  },
  {
    file: 'field/03-vllm-0251-unrecognized-argument.txt',
    engine: 'vllm',
    code: 'vllm.unknown-argument',
    says: /--no-such-flag/,
  },
  {
    file: 'field/10-sglang-0512-glm-air-awq-sizek-tp2.txt',
    engine: 'sglang',
    code: 'sglang.quantization-not-divisible',
    says: /704/,
    fix: /expert parallelism.*not a matter of memory/,
    change: {expertParallel: true},
  },
  {
    file: 'field/12-sglang-042-deepseek-v25-uncorrectable-ecc.txt',
    engine: 'sglang',
    code: 'sglang.ecc-error',
    says: /rank 1/,
    fix: /hardware.*ROW_REMAPPER/,
  },
  {
    file: 'field/14-sglang-tp16-invalid-device-ordinal.txt',
    engine: 'sglang',
    code: 'sglang.too-few-gpus',
    says: /does not exist/,
    fix: /tensor parallel size/,
  },
  {
    file: 'field/17-sglang-dev-shm-too-small-reversed-log.txt',
    engine: 'sglang',
    code: 'sglang.shared-memory-full',
    fix: /--shm-size/,
  },
  {
    file: 'field/18-sglang-deepep-too-many-blocks-h20.txt',
    engine: 'sglang',
    code: 'sglang.deepep-launch',
    fix: /newer DeepEP.*--deepep-mode normal/,
  },
  {
    file: 'field/19-sglang-2node-nccl-watchdog-worker-stuck.txt',
    engine: 'sglang',
    code: 'sglang.nccl',
  },
  {
    file: 'field/21-vllm-084-r1-tp16-2node-healthy-then-raychanneltimeout.txt',
    engine: 'vllm',
    code: 'vllm.worker-unreachable',
    says: /\/health/,
    fix: /other nodes/,
  },
  {
    file: 'field/22-vllm-090-rpc-execute-model-timeout-kv-full.txt',
    engine: 'vllm',
    code: 'vllm.worker-hung',
    says: /20 requests were running, 193 waiting, and 98 % of the KV cache/,
    fix: /hang, not a lack of memory/,
  },
  {
    file: 'field/23-vllm-082-tcpstore-client-timeout-ray.txt',
    engine: 'vllm',
    code: 'vllm.rendezvous-timeout',
    says: /10\.xxx\.xxx\.33:54485/,
    fix: /VLLM_HOST_IP/,
  },
  {
    file: 'field/24-llamacpp-dsv3-kv-buffer-cuda-oom-no-mla.txt',
    engine: 'llamacpp',
    code: 'llamacpp.out-of-memory-kv-cache',
    says: /4\.38 GiB for the KV cache \(8,192 tokens, 640 MiB per layer/,
    fix: /shorter context/,
  },
  {
    file: 'field/25-llamacpp-silent-exit-unknown-pretokenizer.txt',
    engine: 'llamacpp',
    code: 'llamacpp.model-unknown-architecture',
    says: /deepseek-r1-qwen/,
    fix: /newer build/,
  },
  {
    file: 'field/26-llamacpp-old-binary-n_expert-assert.txt',
    engine: 'llamacpp',
    code: 'llamacpp.build-too-old',
    says: /more experts/,
    fix: /newer build.*do not download/,
  },
  {
    file: 'field/27-llamacpp-missing-tensor-output-weight.txt',
    engine: 'llamacpp',
    code: 'llamacpp.build-too-old',
    says: /output\.weight/,
    fix: /newer build.*do not download/,
  },
  {
    file: 'field/28-llamacpp-empty-grammar-stack-abort.txt',
    engine: 'llamacpp',
    code: 'llamacpp.request-broke-grammar',
    says: /[Oo]ne request/,
    fix: /Restarting is safe/,
  },
  {
    file: 'field/38-vllm-092-kimi-k2-tool-parser-unknown.txt',
    engine: 'vllm',
    code: 'vllm.unknown-parser',
    says: /kimi_k2/,
    fix: /0\.10\.0 or newer.*not misspelled/,
  },
  {
    file: 'field/40-vllm-015-error-803-container-ldcache.txt',
    engine: null,
    code: 'common.driver-library-mismatch',
    fix: /LD_LIBRARY_PATH=\/usr\/local\/nvidia\/lib64.*--gpus all.*Another driver does not help/,
  },
  {
    file: 'field/46-vllm-safetensors-metadata-incomplete-buffer.txt',
    engine: 'vllm',
    code: 'vllm.model-shard-broken',
    says: /does not name it/,
    fix: /only the broken one/,
  },
  {
    file: 'field/47-sglang-weights-leave-no-kv-glm47-flash.txt',
    engine: 'sglang',
    code: 'sglang.no-kv-cache-memory',
    fix: /raising it does not help here.*more GPUs or a smaller format/,
  },
  {
    file: 'field/49-sglang-flashinfer-python-too-old.txt',
    engine: 'sglang',
    code: 'sglang.package-too-old',
    says: /0\.6\.4 or newer, and 0\.6\.3/,
    fix: /pip install flashinfer-python==0\.6\.4 flashinfer-cubin==0\.6\.4/,
  },
  {
    file: 'engines/sglang-0.5.12-oom-startup-tail.txt',
    engine: 'sglang',
    code: 'sglang.out-of-memory-capturing',
    fix: /memory fraction/,
  },
  {
    file: 'engines/vllm-0.23-glm52-enginedead-runtime.txt',
    engine: 'vllm',
    code: 'vllm.allocation-failed',
    change: {memoryFraction: 0.92},
  },
  {
    file: 'engines/vllm-0.23-glm52-oom-after-kv-alloc.txt',
    engine: 'vllm',
    code: 'vllm.out-of-memory-capturing',
    change: {memoryFraction: 0.85},
  },
  {
    file: 'engines/vllm-0.25.1-kv-too-small-for-max-len.txt',
    engine: 'vllm',
    code: 'vllm.kv-cache-too-small',
    change: {contextLengthTokens: 121_840},
  },
  {file: 'engines/vllm-0.2x-nccl-watchdog-timeout.txt', engine: 'vllm', code: 'vllm.nccl'},
  {
    file: 'engines/vllm-0.32-cpu-kv-too-small.txt',
    engine: 'vllm',
    code: 'vllm.kv-cache-too-small',
    change: {contextLengthTokens: 16_256},
  },
];

/** Logs without a failure, and how they end. */
const others: readonly (readonly [file: string, engine: string, exit: LogEnding])[] = [
  ['field/09-healthy-vllm-020-glm51-nvfp4-tp8-dcp4.txt', 'vllm', 'serving'],
  ['engines/vllm-0.20-glm51-mla-tp8-startup-ok.txt', 'vllm', 'serving'],
  ['engines/vllm-0.25.1-run-then-sigterm.txt', 'vllm', 'stopped'],
  ['engines/vllm-0.32-cpu-run-drain-sigterm.txt', 'vllm', 'stopped'],
  ['engines/sglang-2026-05-startup-reference-tp1.txt', 'sglang', 'serving'],
  ['engines/sglang-2026-08-startup-and-decode.txt', 'sglang', 'stopped'],
  ['engines/llamacpp-0.7.0-cpu-run-under-gantry.txt', 'llamacpp', 'stopped'],
  ['engines/llamacpp-2026-08-startup-default-verbosity.txt', 'llamacpp', 'serving'],
  ['engines/llamacpp-2026-08-startup-lv4-mla.txt', 'llamacpp', 'stopped'],
];

describe.skipIf(!isThere)('what operators pasted', () => {
  test.each(failures)('$file', ({file, engine, code, says = /./, fix = /./, change = null}) => {
    const diagnosis = diagnosisOf(file);
    expect(diagnosis).toMatchObject({engine, exit: 'failed'});
    const finding = diagnosis?.findings.find(({severity}) => severity === 'critical');
    expect(finding).toMatchObject({code, settingsChange: change});
    expect(finding?.message).toMatch(says);
    expect(finding?.remedy).toMatch(fix);
    const causes = diagnosis?.findings.filter(({severity}) => severity === 'critical') ?? [];
    expect(causes.map((cause) => cause.code)).toEqual([code]);
  });

  test.each(others)('%s', (file, engine, exit) => {
    const diagnosis = diagnosisOf(file);
    expect(diagnosis).toMatchObject({engine, exit});
    expect(diagnosis?.findings.filter(({severity}) => severity === 'critical')).toEqual([]);
  });

  test('a file without MLA tensors is the cause of the cache that does not fit, and layers on the CPU are counted', () => {
    const findings = diagnosisOf('field/24-llamacpp-dsv3-kv-buffer-cuda-oom-no-mla.txt')?.findings ?? [];
    const codes = findings.map(({code}) => code);
    expect(codes).toContain('llamacpp.layers-on-cpu');
    const effect = findings.find(({code}) => code === 'llamacpp.out-of-memory-kv-cache');
    expect(effect?.explainedBy).toBe(codes.indexOf('llamacpp.no-latent-tensors'));
  });
});
