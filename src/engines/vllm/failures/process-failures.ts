import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {percentText} from '../../../shared/quantities/ratios.ts';
import type {LogContext} from '../../engine.ts';
import {type Failure, grouped} from '../../log/failure-catalog.ts';
import {noCacheMemory} from './cache-failures.ts';

/** The text may begin after the cause, or be that of another node. */
const CAUSE =
  'The cause is the first ERROR of a worker. If this text has none before this line, give the whole log: gantry logs, with several nodes that of each.';

/** What vLLM's processes log about each other when one exits. In order of precedence. */
export const processFailures: readonly Failure[] = [
  {
    code: 'worker-hung',
    curedBy: 'restart',
    words: 'TimeoutError: RPC call to execute_model timed out.',
    pattern: /RPC call to (\w{1,80}) timed out/,
    details: (match, context) => ({
      message: `A worker did not answer ${match[1]} within the time limit of vLLM: the engine is dead.${loadThen(context)}`,
      remedy:
        'Restart. It is a hang, not a lack of memory: look for an Xid in the kernel log, and at the last lines of each worker.',
    }),
  },
  {
    code: 'worker-unreachable',
    curedBy: 'network',
    words: 'ray.exceptions.RayChannelTimeoutError: System error: Timed out waiting for object available to read.',
    pattern: /RayChannelTimeoutError/,
    details: () => ({
      message:
        'A worker did not deliver its result through Ray in time: the engine is dead, although /health may have answered 200.',
      remedy:
        'Look at the log of the other nodes and at the network between them. Tensor parallelism within a node and pipeline parallelism between nodes send less over it.',
    }),
  },
  {
    code: 'frontend-gone',
    curedBy: 'restart',
    isConsequence: true,
    words: 'RuntimeError: Did not receive response from front-end process within 5 minutes',
    pattern: /Did not receive response from front-end process within (\d{1,4} minutes?)/,
    details: ([, time]) => ({
      message: `The engine core waited ${time} for vLLM's API server, which did not answer.`,
      remedy:
        'The API server ended or hangs: its own error is the cause. With several nodes, the address and port of the head (--data-parallel-address) are not reached from this one.',
    }),
  },
  {
    code: 'ray-not-running',
    curedBy: 'host',
    words: 'ConnectionError: Could not find any running Ray instance. Please specify the one to connect to',
    pattern:
      /Could not find any running Ray instance|Can't find a node_ip_address\.json file|ray\.exceptions\.RaySystemError: System error: Failed to connect/,
    details: () => ({
      message: 'No Ray cluster is running where vLLM looks for one.',
      remedy:
        'Start it on the head node (ray start --head) and on each other node (ray start --address=HEAD:6379), or set RAY_ADDRESS. On one node, vLLM needs no Ray.',
    }),
  },
  {
    code: 'ray-no-resources',
    curedBy: 'hardware',
    words: "ValueError: Cannot provide a placement group of {'GPU': 16} within 1800 seconds.",
    pattern:
      /Cannot provide a placement group|(?<!WARNING [^\n]{0,60})The number of required GPUs exceeds the total number of available GPUs in the (?:placement group|cluster)|Current node has no GPU available/,
    details: () => ({
      message: 'The Ray cluster does not have the GPUs that were requested.',
      remedy: 'Check with ray status that every node joined with its GPUs, and end jobs that hold them.',
    }),
  },
  {
    code: 'ray-waits',
    curedBy: 'hardware',
    severity: 'warning',
    words:
      'WARNING 05-06 12:31:10 [ray_utils.py:352] Tensor parallel size (16) exceeds available GPUs (8). This may result in Ray placement group allocation failures.',
    pattern: /[Tt]ensor parallel size \((\d{1,5})\) exceeds available GPUs \((\d{1,5})\)/,
    details: ([, asked, present]) => ({
      message: `The Ray cluster has ${countedText(Number(present), 'GPU')}, and ${asked} are asked for: vLLM waits for the others.`,
      remedy:
        'Start Ray on the other nodes first (ray status shows the GPUs of each), or lower the tensor parallel size to what is there; with several nodes, pipeline parallelism uses the others.',
    }),
  },
  {
    code: 'request-too-long',
    curedBy: 'arguments',
    severity: 'info',
    words: "ValueError: This model's maximum context length is 2048 tokens. However, you requested 5418 tokens",
    pattern:
      /maximum context length is (\d+) tokens[^\n]{0,60}? (?:you requested|your request has|your prompt contains|resulted in) (?:at least )?(\d+)/,
    details: ([, limit, wanted]) => ({
      message: `A request of ${grouped(wanted)} tokens was refused: the context is ${grouped(limit)}.`,
      remedy: 'The engine serves. Let clients send shorter prompts, or restart with a longer context.',
    }),
  },
  {
    code: 'request-broke-grammar',
    curedBy: 'installation',
    words: 'Failed to advance FSM for request chatcmpl-1 for tokens 9689. Please file an issue.',
    pattern: /Failed to advance FSM for request/,
    isConsequence: true,
    details: () => ({
      message: 'The structured output of one request did not follow its grammar.',
      remedy:
        'Restarting is safe. Find the request, and use a newer vLLM or another --structured-outputs-config.backend.',
    }),
  },
  {
    code: 'worker-failed',
    curedBy: 'restart',
    isConsequence: true,
    words: "RuntimeError: Worker failed with error 'x', please check the stack trace above for the root cause",
    pattern: /Worker failed with error '(.{1,300}?)'(?:,|$)/,
    details: (match) => ({
      message: `A worker failed: ${match[1]}.`,
      remedy: CAUSE,
    }),
  },
  {
    // What the processes print after it, as of any start that failed, is its consequence.
    code: 'stopped-while-starting',
    curedBy: 'host',
    harmlessFrom: 'serve',
    words: '[shutdown] EngineCore: trigger received signal=SIGTERM',
    pattern: /\[shutdown\] EngineCore: trigger received signal=(SIG[A-Z]{1,8})/,
    details: ([, signal]) => ({
      message: `The engine received ${signal} before it was ready.`,
      remedy:
        'Something outside ended the start: TimeoutStartSec of a systemd unit, a startup probe of Kubernetes, a time limit of Slurm, docker stop, or a person. Give the start more time there. Errors after this line are consequences of the stop.',
    }),
  },
  {
    code: 'start-failed',
    curedBy: 'restart',
    words: 'RuntimeError: Engine core initialization failed. See root cause above.',
    pattern:
      /Engine core initialization failed|EngineCore failed to start|WorkerProc (?:failed to start|initialization failed)/,
    isConsequence: true,
    // Less than nothing for the cache is the cause, also where its own error is cut off.
    codeAt: (context) => (hasNoCacheMemory(context) ? 'no-kv-cache-memory' : 'start-failed'),
    details: (_match, context) =>
      hasNoCacheMemory(context)
        ? {...noCacheMemory(context), curedBy: 'gpus'}
        : {message: 'The engine core did not start.', remedy: CAUSE},
  },
  {
    code: 'worker-died',
    curedBy: 'restart',
    words: 'Worker proc VllmWorker-1 died unexpectedly (exit code: -9), shutting down executor.',
    pattern: /Worker proc (\S+) died unexpectedly(?: \(exit code: (\S+?)\))?/,
    isConsequence: true,
    details: (match) => ({
      message:
        match[2] === undefined || match[2] === 'None'
          ? `The worker ${match[1]} died.`
          : `The worker ${match[1]} died (exit code ${match[2]}).`,
      remedy: `For exit code -9, look for the kernel\u2019s OOM killer in dmesg -T. Otherwise: ${CAUSE}`,
    }),
  },
  {
    code: 'engine-dead',
    curedBy: 'restart',
    words: 'EngineCore encountered a fatal error.',
    pattern: /EngineCore encountered a fatal error|EngineDeadError/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core died.',
      remedy: CAUSE,
    }),
  },
  {
    // Ray says so of each worker, for whatever reason its engine ends.
    code: 'exiting',
    curedBy: 'restart',
    isConsequence: true,
    words: 'CRITICAL 11-23 02:00:25 [core_client.py:359] Got fatal signal from worker processes, shutting down.',
    pattern:
      /Got fatal signal from worker processes|Tearing down compiled DAG|Cancelling compiled worker on actor|Waiting for worker tasks to exit/,
    details: () => ({
      message: 'The engine shut down its workers; this text does not show why.',
      remedy: 'The cause is above these lines: get the log from the first ERROR on. A stop request is in the log too.',
    }),
  },
  {
    // A core that fails logs its exception before that; this is the API server, which only sees that it is gone.
    code: 'engine-core-gone',
    curedBy: 'restart',
    words: 'MPClient: engine core exited unexpectedly; starting cleanup',
    pattern: /engine core exited unexpectedly/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core is gone, and has logged no error: a signal ended it.',
      remedy:
        'Look in the kernel log (dmesg -T) for "Out of memory: Killed process", a segmentation fault or an Xid; restart the engine.',
    }),
  },
];

/** What the engine was doing, if it logged it with its end. */
function loadThen({facts}: LogContext): string {
  const {stalledRunningRequests: running, stalledWaitingRequests: waiting, stalledKvUsageRatio: usage} = facts;
  if (running === undefined || waiting === undefined || usage === undefined) return '';
  return ` At that moment ${countedText(running, 'request')} ${running === 1 ? 'was' : 'were'} running, ${countText(waiting)} waiting, and ${percentText(usage)} of the KV cache was in use.`;
}

function hasNoCacheMemory({facts: {kvCachePoolBytesPerGpu: poolBytes}}: LogContext): boolean {
  return poolBytes !== undefined && poolBytes < 0;
}
