import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {intentionOf} from '../state-dir/journal-samples.ts';
import type {FindingBench} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

const intention = intentionOf('start-1');

const continued = (bench: FindingBench): void =>
  bench.post({type: 'intention-resumed', intention, step: 'checking', isRunOfIt: false});

const launch = (bench: FindingBench): void => bench.launch();

export const intentionRows: readonly FindingRow[] = [
  {
    shown: ['lifecycle.intention-continued'],
    codes: ['lifecycle.intention-continued'],
    raisedBy: 'a command, or an automatic restart, that an earlier supervisor did not finish and this one carries on',
    endedBy: 'its end; another command',
    raise: continued,
    keeps: {'the launch': launch, time: timePasses},
    ends: {
      'the engine ready': (bench) => {
        bench.launch();
        bench.becomeReady();
      },
      'a refusal': (bench) => bench.post({type: 'preflight-refused', attempt: 1, finding: findingOf('preflight.test')}),
      'another command': (bench) =>
        bench.post({type: 'restart-requested', settings: settingsOf(65_536), drainMs: 0, force: false}),
    },
  },
  {
    shown: ['lifecycle.intention-given-up'],
    codes: ['lifecycle.intention-given-up'],
    raisedBy:
      'a command that an earlier supervisor did not finish and this one does not carry on: the node was rebooted, two supervisors ended while they checked the same start, it is refused now, the configuration does not allow this automatic restart any more, or it was due more than 15 minutes ago; an engine that exited while no supervisor ran, more than 15 minutes ago or at an unknown time',
    endedBy: 'the next command',
    raise: (bench) => {
      const reason = {kind: 'rebooted'} as const;
      bench.post({type: 'intention-given-up', intention, step: 'checking', reason, isRecorded: false});
    },
    keeps: {time: timePasses},
    ends: {
      'a start': (bench) => bench.post({type: 'start-requested', settings: settingsOf(), force: false}),
      'a stop': (bench) => bench.post({type: 'stop-requested', drainMs: 0}),
    },
  },
];
