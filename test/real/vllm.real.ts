import {z} from 'zod';
import {guideSettings} from '../engines/vllm/test-settings.ts';
import {describeEngine} from './describe-engine.ts';
import {vllmOnCpu} from './engines-on-cpu.ts';
import {findEngine} from './install/find-engine.ts';
import {installVllm} from './install/install-vllm.ts';
import {type Page, readPage, SERVED_MODEL} from './real-engine.ts';
import {recordSimulated} from './simulated-record.ts';

const PREFIX = 'vllm:';
const modelsSchema = z.object({data: z.array(z.object({max_model_len: z.number()})).length(1)});
const finished = (page: Page): number => page.sum(`${PREFIX}request_success_total`);

function histogram(name: string) {
  return {
    ownSeconds: (page: Page) => page.sum(`${PREFIX}${name}_sum`),
    ownCount: (page: Page) => page.sum(`${PREFIX}${name}_count`),
  };
}

describeEngine({
  title: 'vLLM on the CPU',
  found: findEngine('venv/bin/vllm', installVllm),
  engine: vllmOnCpu,
  quantities: [
    {
      name: 'prompt tokens',
      shown: ({traffic}) => traffic.promptTokensTotal,
      own: (page) => page.sum('vllm:prompt_tokens_total'),
    },
    {
      name: 'cached prompt tokens',
      shown: ({traffic}) => traffic.cachedPromptTokensTotal,
      own: (page) => page.sum('vllm:prompt_tokens_cached_total'),
    },
    {
      name: 'generated tokens',
      shown: ({traffic}) => traffic.generationTokensTotal,
      own: (page) => page.sum('vllm:generation_tokens_total'),
    },
    {
      name: 'finished for their length',
      shown: ({traffic}) => reasons(traffic.finishedRequestsTotal)['length'],
      own: (page) => page.sum('vllm:request_success_total', 'finished_reason="length"'),
    },
    {
      name: 'finished by themselves',
      shown: ({traffic}) => reasons(traffic.finishedRequestsTotal)['stop'],
      own: (page) => page.sum('vllm:request_success_total', 'finished_reason="stop"'),
    },
    {
      name: 'running',
      shown: ({traffic}) => traffic.runningRequests,
      own: (page) => page.sum('vllm:num_requests_running'),
    },
    {
      name: 'waiting',
      shown: ({traffic}) => traffic.waitingRequests,
      own: (page) => page.sum('vllm:num_requests_waiting'),
    },
    {
      name: 'KV cache use',
      shown: ({kvCache}) => kvCache.usageRatio,
      own: (page) => page.sum('vllm:kv_cache_usage_perc'),
    },
  ],
  latencies: [
    {name: 'first token', shown: ({latency}) => latency.timeToFirstToken, ...histogram('time_to_first_token_seconds')},
    {name: 'inter-token', shown: ({latency}) => latency.interToken, ...histogram('inter_token_latency_seconds')},
    {name: 'end to end', shown: ({latency}) => latency.endToEnd, ...histogram('e2e_request_latency_seconds')},
    {name: 'queue', shown: ({latency}) => latency.queue, ...histogram('request_queue_time_seconds')},
    {name: 'prefill', shown: ({latency}) => latency.prefill, ...histogram('request_prefill_time_seconds')},
    {name: 'decode', shown: ({latency}) => latency.decode, ...histogram('request_decode_time_seconds')},
  ],
  finished,
  ownKvUsage: async (url) => (await readPage(url)).sum('vllm:kv_cache_usage_perc'),
  ownContext: async (url) => {
    const {data} = modelsSchema.parse(await (await fetch(`${url}/v1/models`)).json());
    return data[0]?.max_model_len ?? 0;
  },
  wrongContext: {tokens: 65_536, code: 'vllm.context-too-long', isFailure: true},
  smallCache: {
    // Bytes: less than one request of the context needs.
    change: {extraArguments: ['--kv-cache-memory-bytes', '2000000']},
    code: 'vllm.kv-cache-too-small',
  },
  directArguments: ({model, extraArguments}, port) => [
    'serve',
    model,
    '--max-model-len',
    '2048',
    '--gpu-memory-utilization',
    '0.1',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    ...extraArguments,
  ],
  simulated: () =>
    recordSimulated({
      program: 'vllm',
      readyText: 'Application startup complete.',
      settings: (port) => guideSettings({host: '127.0.0.1', port, servedModelName: SERVED_MODEL}),
    }),
});

function reasons(finishedRequests: unknown): Readonly<Record<string, number>> {
  return z.record(z.string(), z.number()).parse(finishedRequests);
}
