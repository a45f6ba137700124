import {unknownLogContext} from '../../../src/engines/engine.ts';
import {createLogReading} from '../../../src/engines/log/read-log.ts';
import {engines} from '../../../src/engines/registry.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {createLogAssembler} from '../../../src/sources/log/log-assembler.ts';
import {createRedaction} from '../../../src/sources/log/redaction.ts';
import {ExpositionReader} from '../../../src/sources/metrics/exposition-reader.ts';
import {readyStart} from '../../engines/vllm/start-log.ts';
import {enginePages} from '../../support/engine-pages.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateText} from './mutate-text.ts';
import {partOf, recordedTexts} from './texts.ts';

const work = {finished: [], running: 3, waiting: 1, kvUsageRatio: 0.4, preemptions: 0, steps: 1_000};
const pages = [
  ...Object.values(enginePages).map((page) => page(work)),
  'vllm:generation_tokens_total{engine="0"} 1\nvllm:generation_tokens_total{engine="0"} 2\n',
  ...recordedTexts('engines', /metrics/),
];

/** Pages of metrics, in parts, as each engine's mapping reads them: counters and gauges are numbers, or absent. */
export const metricsPages: FuzzKind = {
  name: 'metrics',
  run: (random) => {
    const page = random.pick(pages);
    const text = mutateText(random, partOf(page, random.below(page.length), 4_000));
    const engine = random.pick(engines);
    const reader = new ExpositionReader(random.below(2) === 0 ? engine.readsSeries : () => true);
    const cut = random.below(text.length + 1);
    const error = reader.push(text.slice(0, cut)) ?? reader.push(text.slice(cut)) ?? reader.end();
    if (error !== null) return error.code;
    const metrics = engine.mapMetrics(reader.result().families);
    for (const reading of [metrics.generationTokensTotal, metrics.promptTokensTotal, metrics.runningRequests])
      if (isPresent(reading) && !(reading >= 0 && Number.isFinite(reading))) throw new Error(`read ${reading}`);
    return 'read';
  },
};

const lines = [
  ...readyStart,
  "non-default args: {'model_tag': 'm', 'api_key': ['gk-1'], 'gpu_memory_utilization': 0.92}",
  '[2026-08-02 00:08:32 TP0] Decode batch, #running-req: 4, #token: 16971, token usage: 0.09, gen throughput (token/s): 126.43, #queue-req: 0',
  "messages: [{'role': 'user', 'content': 'a secret plan'}], prompt: \"x\", token_ids=[1, 2]",
  'Loading safetensors checkpoint shards:  12% Completed | 12/96 [00:10<01:20,  1.05it/s]',
  'load_tensors:        CUDA0 model buffer size = 95311.90 MiB',
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 2 has a total capacity of 139.81 GiB of which 510.31 MiB is free.',
  ...recordedTexts('engines', /^(?!.*metrics).*\.txt$/).flatMap((text) => text.split('\n')),
  ...recordedTexts('field', /\.txt$/).flatMap((text) => text.split('\n')),
].filter((line) => line !== '');
const redaction = createRedaction({environments: [{HF_TOKEN: 'hf_0123456789abcdef'}]});

/** Lines of logs: assembled, cleaned, masked, interpreted by every engine, and redacted for a report. */
export const logLines: FuzzKind = {
  name: 'log lines',
  run: (random) => {
    const text = mutateText(random, `${random.pick(lines)}\n${random.pick(lines)}\n`);
    const assembler = createLogAssembler();
    const read = [...assembler.push(Buffer.from(text)), ...assembler.flush()];
    const reading = createLogReading(engines, random.below(2) === 0 ? random.pick(engines) : null);
    let events = 0;
    for (const line of read) {
      if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(line.text)) throw new Error('a control character is left');
      reading.take(line);
      for (const engine of engines) {
        engine.readLogTimeMs(line.text);
        events += engine.interpretLogLine(line.text, unknownLogContext).length;
      }
      redaction.text(line.text);
    }
    reading.result();
    return events === 0 ? 'nothing' : 'events';
  },
};
