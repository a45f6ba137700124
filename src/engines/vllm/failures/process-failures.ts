import type {Failure} from '../../log/failure-catalog.ts';

/** What vLLM's processes log about each other when one exits. In order of precedence. */
export const processFailures: readonly Failure[] = [
  {
    code: 'worker-hung',
    curedBy: 'hardware',
    pattern: /RPC call to \w+ timed out/,
    details: () => ({
      message: 'A worker step did not finish within five minutes.',
      remedy: 'Look for an Xid in the kernel log and restart.',
    }),
  },
  {
    code: 'worker-failed',
    curedBy: 'restart',
    isConsequence: true,
    pattern: /Worker failed with error '(.{1,300}?)'(?:,|$)/,
    details: (match) => ({
      message: `A worker failed: ${match[1]}.`,
      remedy: 'See the first ERROR of a worker in gantry logs.',
    }),
  },
  {
    code: 'start-failed',
    curedBy: 'restart',
    pattern:
      /Engine core initialization failed|EngineCore failed to start|WorkerProc (?:failed to start|initialization failed)/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core did not start.',
      remedy: 'The cause is the first ERROR of a worker in gantry logs.',
    }),
  },
  {
    code: 'worker-died',
    curedBy: 'restart',
    pattern: /Worker proc (\S+) died unexpectedly(?: \(exit code: (\S+?)\))?/,
    isConsequence: true,
    details: (match) => ({
      message:
        match[2] === undefined || match[2] === 'None'
          ? `The worker ${match[1]} died.`
          : `The worker ${match[1]} died (exit code ${match[2]}).`,
      remedy:
        'For exit code -9, look for the kernel\u2019s OOM killer in dmesg -T; otherwise the cause is the first ERROR above in gantry logs.',
    }),
  },
  {
    code: 'engine-dead',
    curedBy: 'restart',
    pattern: /EngineCore encountered a fatal error|EngineDeadError|engine core exited unexpectedly/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core died.',
      remedy: 'The cause is the first ERROR above this line in gantry logs; restart the engine.',
    }),
  },
];
