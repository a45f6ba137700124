import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {applySettingsChange, settingsChangeSchema} from '../../../../src/domain/settings/launch-settings.ts';
import {unknownLogContext} from '../../../../src/engines/engine.ts';
import {vllm} from '../../../../src/engines/vllm/vllm.ts';
import {withinWords} from '../../../../src/shared/within-words.ts';
import {guideSettings} from '../test-settings.ts';
import {causes, consequences} from './failure-lines.ts';

describe('the failure catalog of vLLM', () => {
  test.each([...causes, ...consequences])('$code: $line', ({line, code, says, change, isConsequence = false}) => {
    const events = vllm.interpretLogLine(line, unknownLogContext).filter(({type}) => type !== 'fact');
    expect(events).toHaveLength(1);
    expect(events).toMatchObject([{type: 'failure', isConsequence, finding: {code, severity: 'critical'}}]);
    const [event] = events;
    if (event?.type !== 'failure') throw new Error('no failure');
    expect(event.finding.message).toMatch(says);
    expect(event.finding.settingsChange).toEqual(change);
    expect(event.finding.evidence).toBe(withinWords(line, 400));
    expect(event.finding.remedy).toMatch(/\.$/);
  });

  test.each([
    'ERROR 11-23 02:14:55 [multiproc_executor.py:231] Worker proc VllmWorker-1 died unexpectedly, shutting down executor.',
    'RuntimeError: Timed out waiting for engine core processes to start.',
  ])('a line without an optional part gives a whole sentence: %s', (line) => {
    const [event] = vllm.interpretLogLine(line, unknownLogContext);
    expect(event?.type === 'failure' && event.finding.message).toMatch(/^(?!.*(?:undefined|null|NaN)).+\.$/);
  });

  test('every fix is a valid change of settings that has an effect', () => {
    for (const {line} of causes) {
      const [event] = vllm.interpretLogLine(line, unknownLogContext);
      if (event?.type !== 'failure' || event.finding.settingsChange === null) continue;
      const change = settingsChangeSchema.parse(event.finding.settingsChange);
      const before = guideSettings({contextLengthTokens: 262_145, tensorParallelSize: 7, maxRunningRequests: 1_024});
      expect(applySettingsChange(before, change)).not.toEqual(before);
    }
  });

  test.each([
    'INFO 11-23 02:14:55 [gpu_worker.py:782] Free memory on device (138.6/139.81 GiB) on startup. Desired GPU memory utilization is (0.9, 125.83 GiB).',
    'INFO 11-23 02:14:55 [shm_broadcast.py:681] No available shared memory broadcast block found in 60 seconds. This typically happens when some processes are hanging or doing some time-consuming work',
    'WARNING 11-23 02:14:55 [envs.py:90] Unknown vLLM environment variable detected: VLLM_FOO',
    'WARNING 11-23 02:14:55 [jit_monitor.py:40] Triton kernel JIT compilation during inference: fused_moe. This causes a latency spike',
    "INFO 11-23 02:14:55 [api_utils.py:272] non-default args: {'model_tag': 'moonshotai/Kimi-K2.7-Code', 'trust_remote_code': True}",
    'INFO 11-23 02:14:55 [core.py:122] rank=0 backend=nccl',
    'INFO:     127.0.0.1:51234 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    'notvllm: error: argument --port: expected one argument',
  ])('is silent about %s', (line) => {
    expect(vllm.interpretLogLine(line, unknownLogContext).filter((event) => event.type === 'failure')).toEqual([]);
  });

  test.each([
    "INFO 11-23 02:14:55 [logger.py:40] Received request chatcmpl-1: prompt: 'CUDA out of memory. Tried to allocate 2 GiB', params: SamplingParams()",
    "DEBUG 11-23 02:14:55 [logger.py:40] Request chatcmpl-1 details: prompt: 'GPU KV cache size: 7 tokens', prompt_token_ids: None",
    "INFO 11-23 02:14:55 [logger.py:70] Generated response chatcmpl-1: output: 'Application startup complete.', output_token_ids: None",
  ])('does not read text of a client as that of the engine: %s', (line) => {
    expect(vllm.interpretLogLine(line, unknownLogContext)).toEqual([]);
  });

  test('reads any line, however long or unusual, quickly', () => {
    const pieces = fc.constantFrom(
      'To serve at least one request with the models max seq len (1), 1 GiB KV cache is needed',
      'available KV cache memory (',
      "Worker failed with error '",
      'Capturing CUDA graphs|',
      '1/2 [',
      'User-specified max_model_len (1) is greater than the derived max_model_len (',
      'The expected file size is: 1 MB. The target location ',
      'x'.repeat(2_000),
      '9'.repeat(400),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), {maxLength: 40}), (parts) => {
        vllm.interpretLogLine(parts.join(' '), unknownLogContext);
      }),
    );
  });
});
