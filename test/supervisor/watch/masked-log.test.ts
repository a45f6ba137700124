import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {createSecretMask, secretsIn} from '../../../src/sources/log/redaction.ts';
import type {Observation} from '../../../src/supervisor/snapshot/observation.ts';
import {createMaskedLog} from '../../../src/supervisor/watch/masked-log.ts';
import type {RunSinks} from '../../../src/supervisor/watch/watched-run.ts';

type Posted = Parameters<RunSinks['post']>[0];

function readBy(engine: typeof vllm, secrets: readonly string[], texts: readonly string[]) {
  const posted: Posted[] = [];
  const observed: Observation[] = [];
  const read = createMaskedLog(
    {runId: 'run', engine, clock: {monotonicMs: () => 0, nowMs: () => 0}, path: '/nowhere/engine.log', secrets},
    {post: (event) => posted.push(event), observe: (observation) => observed.push(observation)},
  );
  const shown = read(
    texts.map((text, index): LogLine => ({number: index + 1, offsetBytes: 0, text})),
    false,
  );
  return {posted, observed, shown};
}

const tooSmall =
  "ValueError: To serve at least one request with the models's max seq len (131072), (4.38 GiB KV cache is needed, " +
  'which is larger than the available KV cache memory (4.07 GiB). Based on the available memory, the estimated ' +
  'maximum model length is 121840.';

describe('the numbers in the arguments', () => {
  test.each([
    [['--max-num-batched-tokens', '131072']],
    [['--max-num-batched-tokens=131072', '--max-total-tokens', '131072']],
  ])('hide no failure: %j', (extraArguments) => {
    const secrets = secretsIn({
      documents: [{extraArguments}],
      environments: [{VLLM_MAX_TOKENS_PER_EXPERT_FP4_MOE: '131072'}],
    });
    const {posted, shown} = readBy(vllm, secrets, [tooSmall]);
    expect(posted).toMatchObject([{type: 'log-failure', finding: {code: 'vllm.kv-cache-too-small'}}]);
    expect(shown.map(({text}) => text)).toEqual([tooSmall]);
  });
});

test('a secret that is a part of what a failure says hides neither the failure nor itself', () => {
  const {posted, observed, shown} = readBy(vllm, ['131072', 'estimated maximum'], [tooSmall]);
  expect(posted).toMatchObject([{type: 'log-failure', finding: {code: 'vllm.kv-cache-too-small'}}]);
  for (const stored of [posted, observed, shown])
    expect(JSON.stringify(stored)).not.toMatch(/131072|estimated maximum/);
});

test('facts are read from the line as it is, and the shown line has no key', () => {
  const line = "server_args=ServerArgs(model_path='m', api_key='planted-value', context_length=65536)";
  const facts = 'max_total_num_tokens=1310720, chunked_prefill_size=8192, max_running_requests=64, context_len=131072';
  const {posted, shown} = readBy(sglang, ['131072', '1310720'], [line, facts]);
  expect(posted).toContainEqual(expect.objectContaining({type: 'log-fact', value: 1_310_720}));
  expect(shown.map(({text}) => text)).toEqual([
    "server_args=ServerArgs(model_path='m', api_key='****', context_length=65536)",
    'max_total_num_tokens=****, chunked_prefill_size=8192, max_running_requests=64, context_len=****',
  ]);
});

const folder = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'field');
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.txt')) : [];
if (names.length === 0) console.warn(`NOT TESTED: the logs from the field are not in ${folder}.`);

describe.skipIf(names.length === 0)('logs from the field', () => {
  const codesOf = (texts: readonly string[]) => {
    const reading = createLogReading(engines, null);
    for (const [index, text] of texts.entries()) reading.take({number: index + 1, text});
    const result = reading.result();
    return {
      codes: result?.findings.map(({code, severity, settingsChange}) => ({code, severity, settingsChange})),
      facts: result?.facts,
    };
  };

  test.each(names)('%s has the same diagnosis when it is masked', (name) => {
    const texts = readFileSync(path.join(folder, name), 'utf8').split('\n');
    expect(codesOf(texts.map(createSecretMask([])()))).toEqual(codesOf(texts));
  });
});
