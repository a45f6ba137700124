import {describe, expect, test} from 'vitest';
import {applySettingsChange, settingsChangeSchema} from '../../../../src/domain/settings/launch-settings.ts';
import {type EngineLogEvent, unknownLogContext} from '../../../../src/engines/engine.ts';
import {createLogInterpreter} from '../../../../src/engines/log/log-interpreter.ts';
import {sglang} from '../../../../src/engines/sglang/sglang.ts';
import {withinWords} from '../../../../src/shared/within-words.ts';
import {guideSettings} from '../test-settings.ts';
import {consequences, contextOf, memoryCauses, otherCauses} from './failure-lines.ts';

const everyLine = [...memoryCauses, ...otherCauses, ...consequences];

function failuresOf(lines: readonly string[]): Extract<EngineLogEvent, {type: 'failure'}>[] {
  const interpret = createLogInterpreter(sglang);
  return lines
    .flatMap((text, index) => interpret({text, number: index + 1}, 1000 * index))
    .filter((event) => event.type === 'failure');
}

describe('the failure catalog of SGLang', () => {
  test.each(everyLine)('$code: $line', (expected) => {
    const {line, code, says, advises = /\.$/, change, isConsequence = false} = expected;
    const events = sglang.interpretLogLine(line, contextOf(expected)).filter(({type}) => type !== 'fact');
    expect(events).toHaveLength(1);
    expect(events).toMatchObject([{type: 'failure', isConsequence, finding: {code, severity: 'critical'}}]);
    const [event] = events;
    if (event?.type !== 'failure') throw new Error('no failure');
    expect(event.finding.message).toMatch(says);
    expect(event.finding.remedy).toMatch(advises);
    expect(event.finding.settingsChange).toEqual(change);
    expect(event.finding.evidence).toBe(withinWords(line, 400));
    for (const sentence of [event.finding.message, event.finding.remedy]) expect(sentence).toMatch(/\.$/);
  });

  test('every fix is a valid change of settings that has an effect', () => {
    for (const expected of everyLine) {
      const [event] = sglang.interpretLogLine(expected.line, contextOf(expected));
      if (event?.type !== 'failure' || event.finding.settingsChange === null) continue;
      const change = settingsChangeSchema.parse(event.finding.settingsChange);
      const before = guideSettings({contextLengthTokens: 262_145, tensorParallelSize: 7});
      expect(applySettingsChange(before, change)).not.toEqual(before);
    }
  });

  test('a full cache under load is reported, and is not a failure', () => {
    for (const line of [
      '[2026-10-04 02:14:55 TP0] KV cache pool is full. Retract requests. #retracted_reqs: 3, #new_tokens_gained: 646, #new_token_ratio: 0.0980 -> 0.3487',
      '[2026-10-04 02:14:55 TP0] Decode out of memory happened. #retracted_reqs: 3, #new_token_ratio: 0.0980 -> 0.3487',
    ]) {
      expect(sglang.interpretLogLine(line, unknownLogContext)).toMatchObject([
        {type: 'notice', finding: {code: 'sglang.kv-cache-full', severity: 'warning'}},
      ]);
    }
  });

  test.each([
    ['KV cache pool is full. Retract requests.', 'requests were preempted'],
    ['KV cache pool is full. Retract requests. #retracted_reqs: 1', 'one request was preempted'],
    ['Decode out of memory happened. #retracted_reqs: 12', '12 requests were preempted'],
  ])('%s: %s', (line, said) => {
    const [event] = sglang.interpretLogLine(line, unknownLogContext);
    expect(event?.type === 'notice' ? event.finding.message : null).toContain(said);
  });

  test.each([
    ['Loaded weights leave no GPU memory for the KV cache', {}, null],
    ['Loaded weights leave no GPU memory for the KV cache', {memoryFraction: 0.5}, 0.55],
    ['Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.6.', {}, 0.65],
    [
      'Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.6',
      {memoryFraction: 0.5},
      0.65,
    ],
    [
      'Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.62. Raise --mem-fraction-static above 0.8',
      {},
      0.81,
    ],
    [
      'Loaded weights leave no GPU memory for the KV cache. To start, raise --mem-fraction-static above 0.755 or so',
      {},
      0.76,
    ],
    ['Loaded weights leave no GPU memory for the KV cache; raise --mem-fraction-static above 1', {}, null],
  ])('%s with %j is fixed by the fraction %s', (line, facts, memoryFraction) => {
    const [event] = sglang.interpretLogLine(line, {...unknownLogContext, facts});
    expect(event).toMatchObject({
      type: 'failure',
      finding: {
        code: 'sglang.no-kv-cache-memory',
        settingsChange: memoryFraction === null ? null : {memoryFraction},
      },
    });
  });

  test.each([
    ['bad mma', /^Start once with --disable-cuda-graph/],
    ['failed to allocate a workspace', /^Lower the memory fraction/],
    [
      'Scales must be calibrated before the capture. Run an eager prefill first.',
      /^The advice of SGLang itself: .*Run an eager prefill first\.$/,
    ],
  ])('a capture of graphs that failed because of "%s" has advice that fits', (reason, advises) => {
    const [event] = sglang.interpretLogLine(`Capture cuda graph failed: ${reason}`, unknownLogContext);
    expect(event?.type === 'failure' ? event.finding.remedy : null).toMatch(advises);
  });

  test.each([
    ['Capture cuda graph failed: bad mma', 'bad mma.'],
    ['Capture piecewise CUDA graph failed: bad mma', 'bad mma.'],
    ['Capture target verify device graph failed: bad mma', 'bad mma.'],
    ['Capture a b c cuda graph failed: bad mma', 'bad mma.'],
    ['Capture cuda graph failed:  ', 'no reason given.'],
    [`Capture cuda graph failed: ${'x'.repeat(300)}`, `: ${'x'.repeat(196)} ...`],
    ['ValueError: token_to_kv_pool_allocator memory leak detected! available_size=644', 'does not add up'],
    ['ValueError: pool memory leak detected! [full] total=9216, available=768', 'does not add up'],
    ['ValueError: req_to_token_pool memory leak detected!available_size=37, total_size=38', 'does not add up'],
    ['Scheduler hit an exception: x', "SGLang's Scheduler raised"],
    ['DetokenizerManager hit an exception: x', "SGLang's DetokenizerManager raised"],
    ['Detokenizer hit an exception: x', "SGLang's Detokenizer raised"],
    ['DataParallelController hit an exception: x', "SGLang's DataParallelController raised"],
    ['TokenizerWorker hit an exception: x', "SGLang's TokenizerWorker raised"],
    ['Tokenizer hit an exception: x', "SGLang's Tokenizer raised"],
    ['TpModelWorkerClient hit an exception: x', "SGLang's TpModelWorkerClient raised"],
    ['TpModelWorker hit an exception: x', "SGLang's TpModelWorker raised"],
  ])('%s: %s', (line, said) => {
    const [event] = sglang.interpretLogLine(line, unknownLogContext);
    expect(event?.type === 'failure' ? event.finding.message : null).toContain(said);
  });

  test.each([
    [
      "[2026-10-04 02:14:55] Health check failed. Server couldn't get a response from detokenizer for last 20 seconds. tic start time: 02:14:35.",
      'sglang.health-check-failed',
    ],
    [
      '[2026-10-04 02:14:55 TP0] The memory capacity is unbalanced. Some GPUs may be occupied by other processes. pre_model_load_memory=16.28',
      'sglang.memory-unbalanced',
    ],
    [
      '[2026-10-04 02:14:55] Warning: User-specified context_length (524288) is greater than the derived context_length (262144). This may lead to incorrect model outputs',
      'sglang.context-too-long',
    ],
    [
      '[2026-10-04 02:14:55 TP0] Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=True)',
      'sglang.step-slow',
    ],
    [
      'scheduler.py:1326: UserWarning: token_to_kv_pool_allocator memory leak detected! available_size=9586, protected_size=0',
      'sglang.pool-bookkeeping',
    ],
    ['KV cache pool leak detected!', 'sglang.pool-bookkeeping'],
  ])('only warns of %s', (line, code) => {
    const [event, ...others] = sglang
      .interpretLogLine(line, unknownLogContext)
      .filter(({type}) => type !== 'step-awaited');
    expect(event).toMatchObject({type: 'notice', finding: {code, severity: 'warning'}});
    expect(others).toEqual([]);
  });

  test.each([
    '[2026-10-04 02:11:40] Failed to get GPU memory capacity from nvidia-smi. Falling back to torch.cuda.mem_get_info(). Reported total GPU memory per device (MiB): [124546]',
    '[2026-10-04 02:11:40] Failed to load generation config for x: x does not appear to have a file named generation_config.json. Proceeding without generation config.',
    "[2026-10-04 02:11:40] Warning: Target model's context_length (8192) is greater than the derived context_length (2048). This may lead to incorrect model outputs or CUDA errors.",
    '[2026-10-04 02:11:40 TP0] CUTLASS backend is disabled when piecewise cuda graph is enabled due to TMA descriptor initialization issues on SM100 GPUs.',
    '[2026-10-04 02:11:40] Warning: You are sending unauthenticated requests to the HF Hub. Please set a HF_TOKEN to enable higher rate limits and faster downloads.',
    '[2026-10-04 02:11:40] Tokenizer for x is still TokenizersBackend after retries with --trust-remote-code. Model-specific tokenizer attributes may be missing.',
    '[2026-10-04 02:11:40 TP0] Parameter model.layers.0.self_attn.k_scale not found in params_dict',
    '  return self.create_error_response(str(e))',
    '[2026-10-04 02:11:40] INFO:     127.0.0.1:43920 - "POST /v1/chat/completions HTTP/1.1" 400 Bad Request',
  ])('is silent about %s', (line) => {
    expect(sglang.interpretLogLine(line, unknownLogContext)).toEqual([]);
  });
});

describe('a whole failure', () => {
  const memoryEnd = '[2026-10-04 02:14:50 TP0] Memory pool end. avail mem=0.49 GB';
  const exception = '[2026-10-04 02:14:55 TP0] Scheduler hit an exception: Traceback (most recent call last):';
  const outOfMemory = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 384.00 MiB.';
  const child = '[2026-10-04 02:14:56] Received sigquit from a child process. It usually means the child failed.';

  test('is reported by its cause, whatever comes before and after it', () => {
    const failures = failuresOf([memoryEnd, exception, outOfMemory, child]);
    expect(failures.filter(({isConsequence}) => !isConsequence).map(({finding}) => finding.code)).toEqual([
      'sglang.out-of-memory-capturing',
    ]);
    expect(failures.at(-1)?.finding.code).toBe('sglang.out-of-memory-capturing');
  });

  test('that needs a lower fraction offers it, from the arguments that SGLang printed', () => {
    const args = "[2026-10-04 02:11:40] server_args=ServerArgs(model_path='x', mem_fraction_static=0.93, tp_size=8)";
    expect(failuresOf([args, memoryEnd, outOfMemory]).at(-1)?.finding.settingsChange).toEqual({memoryFraction: 0.88});
  });

  test('is not reported if SGLang was stopped, although its children look crashed', () => {
    expect(
      failuresOf([
        '[2026-10-04 09:00:00] SIGTERM received. signum=None frame=None. Draining requests and shutting down...',
        '[2026-10-04 09:00:00] Subprocess detokenizer (pid=31379) crashed with exit code -15. Triggering SIGQUIT for cleanup...',
        '[2026-10-04 09:00:00] SIGQUIT received. signum=None, frame=None. It usually means one child failed.',
      ]),
    ).toEqual([]);
  });
});
