import {z} from 'zod';
import {ggufSettings} from '../engines/llamacpp/test-settings.ts';
import {describeEngine} from './describe-engine.ts';
import {llamaServerOnCpu} from './engines-on-cpu.ts';
import {findEngine} from './install/find-engine.ts';
import {installLlamaServer} from './install/install-llama-server.ts';
import {CONTEXT_TOKENS, SERVED_MODEL} from './real-engine.ts';
import {recordSimulated} from './simulated-record.ts';

const slotsSchema = z.array(
  z.object({n_ctx: z.number(), is_processing: z.boolean(), n_prompt_tokens: z.number().optional()}),
);
const slots = async (url: string) => slotsSchema.parse(await (await fetch(`${url}/slots`)).json());

describeEngine({
  title: 'llama-server on the CPU',
  found: findEngine('bin/llama-server', installLlamaServer),
  engine: llamaServerOnCpu,
  quantities: [
    {
      name: 'prompt tokens',
      shown: ({traffic}) => traffic.promptTokensTotal,
      own: (page) => page.sum('llamacpp:prompt_tokens_total') + page.sum('llamacpp:prompt_tokens_cached_total'),
    },
    {
      name: 'cached prompt tokens',
      shown: ({traffic}) => traffic.cachedPromptTokensTotal,
      own: (page) => page.sum('llamacpp:prompt_tokens_cached_total'),
    },
    {
      name: 'generated tokens',
      shown: ({traffic}) => traffic.generationTokensTotal,
      own: (page) => page.sum('llamacpp:tokens_predicted_total'),
    },
    {
      name: 'running',
      shown: ({traffic}) => traffic.runningRequests,
      own: (page) => page.sum('llamacpp:requests_processing'),
    },
    {
      name: 'waiting',
      shown: ({traffic}) => traffic.waitingRequests,
      own: (page) => page.sum('llamacpp:requests_deferred'),
    },
  ],
  // Its page has sums of times, and how many requests they are of only the clients know. The time of prompts that share a
  // batch is in its sum once, and in the log with each of them: that sum is no reference.
  latencies: [
    {
      name: 'decode',
      shown: ({latency}) => latency.decode,
      ownSeconds: (page) => page.sum('llamacpp:tokens_predicted_seconds_total'),
      ownCount: null,
    },
  ],
  finished: null,
  ownKvUsage: async (url) => {
    const running = (await slots(url)).filter(({is_processing}) => is_processing);
    return running.reduce((sum, {n_prompt_tokens = 0}) => sum + n_prompt_tokens, 0) / CONTEXT_TOKENS;
  },
  ownContext: async (url) => (await slots(url))[0]?.n_ctx ?? 0,
  wrongContext: {tokens: 65_536, code: 'llamacpp.context-capped', isFailure: false},
  // Two hundred gigabytes, which the host does not have.
  smallCache: {change: {contextLengthTokens: 100_000_000}, code: 'llamacpp.host-memory'},
  directArguments: ({model}, port) => ['--model', model, '--host', '127.0.0.1', '--port', String(port)],
  simulated: () =>
    recordSimulated({
      program: 'llama-server',
      readyText: 'listening on http://',
      settings: (port) => ggufSettings({host: '127.0.0.1', port, servedModelName: SERVED_MODEL}),
    }),
});
