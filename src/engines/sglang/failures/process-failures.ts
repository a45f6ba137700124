import {withinWords} from '../../../shared/within-words.ts';
import {engineAdvice} from '../../log/ending/engine-advice.ts';
import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';

const HOST_MEMORY_REMEDY =
  'Look for "Out of memory: Killed process" in dmesg -T. Add host memory, or let SGLang use less: fewer loading threads, no cache in host memory.';
/** The text may begin after the cause, or be that of another node. */
const LOOK_ABOVE =
  'The cause is in a traceback before this line. If this text has none, give the whole log: gantry logs, with several nodes that of each.';

/** Process failures of SGLang other than memory and GPUs. In order of precedence. */
export const processFailures: readonly Failure[] = [
  {
    code: 'step-slow',
    curedBy: 'hardware',
    words: 'Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=True)',
    severity: 'warning',
    pattern: /[Ww]atchdog timeout \(self\.watchdog_timeout=(\d+)(?:\.\d*)?, self\.soft=True/,
    facts: (match) => [{type: 'step-awaited', seconds: Number(match[1])}],
    details: (match) => ({
      message: `One step has taken longer than ${match[1]} s; SGLang continues.`,
      remedy: 'If the step does not finish, look for an Xid in the kernel log.',
    }),
  },
  {
    code: 'scheduler-hung',
    curedBy: 'hardware',
    words: 'Watchdog timeout (self.watchdog_timeout=300)',
    pattern: /[Ww]atchdog timeout \(self\.watchdog_timeout=(\d+)/,
    details: (match) => ({
      message: `A scheduler step did not finish for ${match[1]} s, so SGLang exits.`,
      remedy: 'Look for an Xid in the kernel log and restart. If it happens again, use another version of SGLang.',
    }),
  },
  {
    code: 'segmentation-fault',
    curedBy: 'installation',
    words: 'Fatal Python error: Segmentation fault',
    pattern: /Fatal Python error: (Segmentation fault|Bus error|Illegal instruction)/,
    details: (match) => ({
      message: `A process of SGLang crashed in native code (${match[1]}).`,
      remedy:
        'The stack below the evidence names the kernel or library. Use another version of SGLang, or another backend.',
    }),
  },
  {
    code: 'segmentation-fault',
    curedBy: 'restart',
    // The watchdog of a collective, and C++ code, end the process so after the error that they print.
    isConsequence: true,
    words: 'Fatal Python error: Aborted',
    pattern: /Fatal Python error: Aborted/,
    details: () => ({
      message: 'A process of SGLang aborted: it ended itself after an error.',
      remedy: 'The reason is printed just before: get the lines above the evidence, of every rank.',
    }),
  },
  {
    code: 'health-check-failed',
    curedBy: 'restart',
    words: "Health check failed. Server couldn't get a response from detokenizer for last 20 seconds.",
    severity: 'warning',
    pattern: /Health check failed\. Server couldn't get a response from detokenizer for last (\d+) seconds/,
    facts: (match) => [{type: 'step-awaited', seconds: Number(match[1])}],
    details: (match) => ({
      message: `SGLang did not answer its own health check for ${match[1]} s.`,
      remedy:
        'Long prefills can cause this without a failure. Before restarting, check whether tokens are still generated.',
    }),
  },
  {
    code: 'request-too-long',
    curedBy: 'arguments',
    severity: 'info',
    words: "The input (5418 tokens) is longer than the model's context length (2048 tokens).",
    pattern:
      /input (?:length )?\(?(\d+) tokens\)? (?:is longer than|exceeds) the (?:model's|maximum allowed) (?:context )?length \(?(\d+)|maximum context length of (\d+) tokens\. You requested a total of (\d+)/,
    details: ([, wanted, limit, otherLimit, otherWanted]) => ({
      message: `A request of ${grouped(wanted ?? otherWanted)} tokens was refused: the context is ${grouped(limit ?? otherLimit)}.`,
      remedy: 'The engine serves. Let clients send shorter prompts, or restart with a longer context.',
    }),
  },
  {
    code: 'graph-capture-failed',
    curedBy: 'arguments',
    words: 'Capture cuda graph failed: no kernel',
    pattern: /Capture (?:\w+ ){0,3}(?:cuda|CUDA|device) graph failed: (?!.{0,80}gloo\/transport)(.{0,500})/,
    details: (match) => captureFailed((match[1] ?? '').trim()),
  },
];

/** Longest part of the reason in the message, in characters. */
const MAX_REASON = 200;

/** Only where memory is missing does a lower fraction help; the engine itself may say what does. */
function captureFailed(reason: string): FailureDetails {
  const said = withinWords(reason, MAX_REASON).replace(/\.$/, '');
  const message = `CUDA graphs could not be captured: ${said || 'no reason given'}.`;
  if (reason === '' || /memory|alloc|\boom\b/i.test(reason)) {
    return {
      message,
      remedy:
        'Lower the memory fraction by 0.05, or --cuda-graph-max-bs-decode in engine.extraArguments (--cuda-graph-max-bs before 0.5.14). --disable-cuda-graph also works, but is slow.',
    };
  }
  const advice = engineAdvice(reason);
  return {
    message,
    remedy:
      advice === null
        ? 'Start once with --disable-cuda-graph in engine.extraArguments (slow) to see whether only the capture fails. It is not a lack of memory.'
        : `The advice of SGLang itself: ${advice}`,
  };
}

/** Lines that follow from a failure logged elsewhere. In order of precedence. */
export const consequences: readonly Failure[] = [
  {
    code: 'killed',
    curedBy: 'host',
    words: 'scheduler died during initialization (exit code: -9)',
    isConsequence: true,
    pattern: /(?:died during initialization|crashed) (?:with )?\(?exit code:? -9\b/,
    details: () => ({
      message: 'A process of SGLang was killed (exit code -9), usually by the kernel because host memory ran out.',
      remedy: HOST_MEMORY_REMEDY,
    }),
  },
  {
    code: 'scheduler-died',
    curedBy: 'restart',
    words: 'Rank 12 scheduler died during initialization (exit code: -6)',
    isConsequence: true,
    pattern: /Rank (\d+) scheduler died during initialization \(exit code: (-?\d+)\)/,
    details: (match) => ({
      message: `The scheduler of rank ${match[1]} died while starting (exit code ${match[2]}).`,
      remedy: LOOK_ABOVE,
    }),
  },
  {
    code: 'scheduler-died',
    curedBy: 'restart',
    words: 'Scheduler or DataParallelController 848535 terminated with 255',
    isConsequence: true,
    pattern: /Scheduler or DataParallelController (\d+) terminated with (-?[1-9]\d*)/,
    details: ([, pid, code]) => ({
      message: `A scheduler of this node (pid ${pid}) ended with code ${code}${code === '-9' ? ': it was killed' : ''}.`,
      remedy:
        code === '-9'
          ? HOST_MEMORY_REMEDY
          : 'Its own error is above this line, or in the log of another node: get the output from the start on, stderr included. What the API server reports afterwards follows from it. Then restart all nodes.',
    }),
  },
  {
    // The API server of a node whose schedulers are gone has nothing to serve with.
    code: 'start-failed',
    curedBy: 'restart',
    words: "AttributeError: 'NoneType' object has no attribute 'server_args'",
    isConsequence: true,
    whileServing: 'warning',
    pattern:
      /AttributeError: 'NoneType' object has no attribute '(?:server_args|tokenizer|model_config|context_len|served_model_name)'|ERROR: {1,6}Application startup failed\. Exiting/,
    details: (_match, {isReady}) =>
      isReady
        ? {
            message: 'A request failed: the part of SGLang’s API server that it needs is not initialized.',
            remedy: 'Other requests are served. If all fail like this, restart the engine: its schedulers are gone.',
          }
        : {message: 'SGLang did not start.', remedy: LOOK_ABOVE},
  },
  {
    code: 'subprocess-crashed',
    curedBy: 'restart',
    words: 'Subprocess scheduler_0 (pid=31379) crashed with exit code -6.',
    isConsequence: true,
    pattern: /Subprocess (.{1,60}?) (?:\(pid=\d+\) )?crashed with exit code (-?\d+)/,
    details: (match) => ({
      message: `SGLang's process ${match[1]} exited with code ${match[2]}.`,
      remedy: LOOK_ABOVE,
    }),
  },
  {
    code: 'scheduler-exception',
    curedBy: 'restart',
    words: 'Scheduler hit an exception: Traceback (most recent call last):',
    isConsequence: true,
    pattern: /\b(Scheduler|Detokenizer\w*|DataParallelController|Tokenizer\w*|TpModelWorker\w*) hit an exception/,
    details: (match) => ({
      message: `SGLang's ${match[1]} raised an exception.`,
      remedy: 'The last line of the traceback below names it; see gantry logs.',
    }),
  },
  {
    code: 'warmup-failed',
    curedBy: 'restart',
    words: 'Initialization failed. warmup error: Traceback',
    isConsequence: true,
    pattern: /Initialization failed\. warmup error:/,
    details: () => ({
      message: 'SGLang did not answer its own warm-up request.',
      remedy: LOOK_ABOVE,
    }),
  },
  {
    code: 'start-failed',
    curedBy: 'restart',
    words: 'Initialization failed. Please see the error messages above.',
    isConsequence: true,
    pattern: /Initialization failed\. Please see the error messages above/,
    details: () => ({message: 'SGLang did not start.', remedy: LOOK_ABOVE}),
  },
  {
    code: 'child-failed',
    curedBy: 'restart',
    words: 'Received sigquit from a child process. It usually means the child failed.',
    isConsequence: true,
    pattern: /[Rr]eceived sigquit from a child proces|SIGQUIT received\..{0,400}one child failed/,
    details: () => ({
      message: 'A process of SGLang failed, and the others exited with it.',
      remedy: LOOK_ABOVE,
    }),
  },
];
