import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import type {FindingBench} from './finding-bench.ts';
import {noAnswer, timedOut} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

const other = settingsOf(65_536);

function restartAfterCrash(bench: FindingBench): void {
  bench.passTimer('back-off');
  bench.launch();
}

const stopWithSurvivors = (bench: FindingBench): void => {
  bench.serve();
  bench.post({type: 'stop-requested', drainMs: 0});
  bench.passTimer('terminate');
  bench.passTimer('kill');
};

/** Stopped, or about to be started again; no process is left, but the memory is in use. */
const endWithMemoryHeld = (bench: FindingBench, isRestart: boolean): void => {
  bench.serve();
  bench.post(
    isRestart
      ? {type: 'restart-requested', settings: other, drainMs: 0, force: false}
      : {type: 'stop-requested', drainMs: 0},
  );
  const {runId} = bench;
  bench.post({type: 'engine-exited', runId, status: 0}, {type: 'processes-gone', runId});
  bench.passTimer('memory');
};

const freed = (bench: FindingBench): void => bench.post({type: 'memory-freed', runId: 'run-1'});

const stalled = (bench: FindingBench): void => {
  bench.serve();
  bench.probe = noAnswer;
  bench.post({
    type: 'progress-stalled',
    runId: bench.runId,
    stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
  });
};

export const lifecycleRows: readonly FindingRow[] = [
  {
    shown: ['lifecycle.crash-loop'],
    codes: ['lifecycle.crash-loop'],
    raisedBy: 'the first unexpected exit, or hang that is ended by a restart',
    endedBy: 'a run that served for `restart.stableMinutes`; a stop; a start with other settings',
    raise: (bench) => {
      bench.serve();
      bench.exit(1);
    },
    keeps: {
      'the restart': restartAfterCrash,
      'serving again, for less than the time': (bench) => {
        restartAfterCrash(bench);
        bench.becomeReady();
        bench.pass(500);
      },
      'a start with the same settings': (bench) => bench.start(),
      'another crash': (bench) => {
        restartAfterCrash(bench);
        bench.exit(1);
      },
    },
    ends: {
      'a stable run': (bench) => {
        restartAfterCrash(bench);
        bench.becomeReady();
        bench.pass(600);
      },
      'a stop': (bench) => bench.stop(),
      'a start with other settings': (bench) => bench.start(other),
    },
  },
  {
    shown: ['lifecycle.engine-exited'],
    codes: ['lifecycle.engine-exited'],
    raisedBy: 'an exit without a cause in the log',
    endedBy: 'the next start; a stop',
    raise: (bench) => {
      bench.stayDown();
      bench.start();
      bench.exit(1);
    },
    keeps: {'time passing': timePasses},
    ends: {
      'the next start': (bench) => bench.start(other),
      'a stop': (bench) => bench.stop(),
      'a cause in the log, read late': (bench) => {
        bench.start(other);
        bench.post({type: 'engine-exited', runId: bench.runId, status: 1});
        bench.post({type: 'log-failure', runId: bench.runId, finding: findingOf('vllm.out-of-memory')});
      },
    },
  },
  {
    shown: ['lifecycle.not-generating'],
    codes: ['lifecycle.not-generating'],
    raisedBy:
      "no step for 50 s (2 min while it compiles, 20 s if one of its processes is stopped) while requests run or wait, or two unanswered probes without a step or another request in the engine; after a silence of the server, its first response; in the log that `gantry diagnose` reads: its end, two minutes or more after the last step, by the engine's own lines",
    endedBy:
      'a step or an answer; a stop; unless steps are missing, an answer that needs attention, which is reported instead',
    raise: stalled,
    keeps: {
      'an unanswered probe': timePasses,
      'a refused probe: the missing step says more': (bench) => {
        bench.probe = {...noAnswer, finding: findingOf('engine.probe-refused')};
        bench.pass(30);
      },
      'another stall of the same run': (bench) =>
        bench.post({
          type: 'progress-stalled',
          runId: bench.runId,
          stall: {stalledMs: 99_000, runningRequests: 1, waitingRequests: 0},
        }),
    },
    ends: {
      'a step': (bench) => bench.post({type: 'progress-resumed', runId: bench.runId}),
      'an answer': (bench) => {
        bench.probe = {type: 'probe-succeeded'};
        bench.pass(5);
      },
      'a stop': (bench) => bench.stop(),
      'after unanswered probes alone, an answer that needs attention': (bench) => {
        bench.post({type: 'progress-resumed', runId: bench.runId}, {type: 'metrics-silent', runId: bench.runId});
        bench.pass(10);
        if (!bench.has('lifecycle.not-generating')) throw new Error('two probes were not answered');
        bench.probe = {...noAnswer, finding: findingOf('engine.probe-refused')};
        bench.pass(5);
      },
    },
  },
  {
    shown: ['lifecycle.not-answering'],
    codes: ['lifecycle.not-answering'],
    raisedBy: 'no response of a serving engine to `/metrics` or `/health` for `findings.metricsUnreadSeconds`',
    endedBy: 'the first response; a stop',
    raise: (bench) => {
      bench.serve();
      bench.probe = noAnswer;
      bench.post({type: 'server-silent', runId: bench.runId, unansweredMs: 15_000});
    },
    keeps: {'time passing': timePasses},
    ends: {
      'a response': (bench) => bench.post({type: 'server-answers', runId: bench.runId}),
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['lifecycle.start-slow'],
    codes: ['lifecycle.start-slow'],
    raisedBy: 'a phase that takes twice as long as any before',
    endedBy: 'the next phase; the engine serving; the end of the run',
    raise: (bench) => {
      const settings = settingsOf();
      bench.earlierStarts = [
        {runId: 'earlier', settings, totalMs: 200_000, phaseDurationsMs: {'load-weights': 100_000}},
      ];
      bench.start(settings);
      bench.post({type: 'log-phase', runId: bench.runId, phase: 'load-weights'});
      bench.pass(200);
    },
    keeps: {
      progress: (bench) => bench.post({type: 'log-progress', runId: bench.runId, phase: 'load-weights', ratio: 0.9}),
      'a line of an earlier phase': (bench) => bench.post({type: 'log-phase', runId: bench.runId, phase: 'launch'}),
    },
    ends: {
      'the next phase': (bench) => bench.post({type: 'log-phase', runId: bench.runId, phase: 'serve'}),
      serving: (bench) => bench.becomeReady(),
      'the exit': (bench) => bench.exit(1),
    },
  },
  {
    shown: ['lifecycle.first-token-awaited'],
    codes: ['lifecycle.first-token-awaited'],
    raisedBy:
      'a request of a starting engine for its first token that timed out; with how many did, and the wait so far',
    endedBy: 'an answer, or a refused connection; the exit of the engine; a stop',
    raise: (bench) => {
      bench.start();
      bench.post({type: 'log-phase', runId: bench.runId, phase: 'serve'});
      bench.probe = timedOut;
      bench.pass(2);
    },
    keeps: {
      'time passing': timePasses,
      'a line of the log': (bench) => bench.post({type: 'log-fact', runId: bench.runId, name: 'fact', value: 1}),
    },
    ends: {
      'a generated token': (bench) => bench.becomeReady(),
      'tokens for others': (bench) => {
        bench.probe = {...timedOut, meanwhile: 'generated'};
        bench.pass(2);
      },
      'an answer that needs attention': (bench) => {
        bench.probe = {...noAnswer, finding: findingOf('engine.probe-refused')};
        bench.pass(2);
      },
      'the exit': (bench) => bench.exit(1),
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['lifecycle.rolled-back'],
    codes: ['lifecycle.rolled-back'],
    raisedBy: 'new settings that failed, with `--rollback`',
    endedBy: 'the next command',
    raise: (bench) => {
      bench.serve();
      bench.post({type: 'restart-requested', settings: other, drainMs: 0, force: false, rollback: true});
      bench.exit(0);
      bench.launch();
      bench.exit(1);
      bench.launch();
    },
    keeps: {
      'serving again': (bench) => {
        bench.becomeReady();
        bench.pass(700);
      },
    },
    ends: {
      'a restart': (bench) => {
        bench.post({type: 'restart-requested', settings: settingsOf(), drainMs: 0, force: false});
        bench.exit(0);
      },
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['lifecycle.last-good-settings'],
    codes: ['lifecycle.last-good-settings'],
    raisedBy: 'a failed start whose settings never served',
    endedBy: 'the next start; a stop',
    raise: (bench) => {
      bench.lifecycle = initialLifecycleState({lastGoodSettings: other});
      bench.start();
      bench.exit(1);
    },
    keeps: {'time passing': timePasses},
    ends: {'the next start': (bench) => bench.start(other), 'a stop': (bench) => bench.stop()},
  },
  {
    shown: ['lifecycle.processes-remain'],
    codes: ['lifecycle.processes-remain'],
    raisedBy: 'processes that survive SIGKILL, after a stop or a crash, with the GPU memory that they hold',
    endedBy: 'their exit',
    raise: stopWithSurvivors,
    keeps: {
      'time passing': timePasses,
      'the exit of the first process': (bench) => bench.post({type: 'engine-exited', runId: bench.runId, status: 137}),
    },
    ends: {
      'their exit': (bench) => bench.post({type: 'processes-gone', runId: bench.runId}),
      'their exit, also when the memory is not freed': (bench) => {
        bench.post({type: 'processes-gone', runId: bench.runId});
        bench.passTimer('memory');
      },
    },
  },
  {
    shown: ['lifecycle.memory-not-freed'],
    codes: ['lifecycle.memory-not-freed'],
    raisedBy: 'GPU memory still in use 60 s after the last process exited',
    endedBy: 'its release; the next start',
    raise: (bench) => endWithMemoryHeld(bench, true),
    keeps: {'time passing': timePasses},
    ends: {
      'its release': freed,
      'its release after a stop': (bench) => {
        bench.lifecycle = initialLifecycleState();
        endWithMemoryHeld(bench, false);
        bench.post({type: 'memory-freed', runId: bench.lifecycle.run?.runId ?? 'run-2'});
      },
      'the next start': (bench) => bench.start(),
    },
  },
];
