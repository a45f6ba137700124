import type {ReplayMove} from '../../client/console-data.ts';
import {replayDisabled} from './engine-availability.ts';
import type {KeyRow} from './key-line.ts';

const IN_REPLAY = {group: 'Replay', when: 'in gantry replay', disabledReason: replayDisabled} as const;

/** The keys of a recording: which moment is shown. */
export const replayKeys = {
  'replay.back': {...IN_REPLAY, keys: [','], hint: '1s back', description: 'one second back'},
  'replay.forward': {...IN_REPLAY, keys: ['.'], hint: '1s on', description: 'one second on'},
  'replay.far-back': {...IN_REPLAY, keys: ['<'], hint: '30s back', description: 'half a minute back'},
  'replay.far-forward': {...IN_REPLAY, keys: ['>'], hint: '30s on', description: 'half a minute on'},
  'replay.first': {...IN_REPLAY, keys: ['('], description: 'the first moment'},
  'replay.last': {...IN_REPLAY, keys: [')'], description: 'the last moment'},
  'replay.play': {...IN_REPLAY, keys: [';'], hint: 'play', description: 'play in real time, or stop'},
} as const satisfies Readonly<Record<`replay.${ReplayMove}`, KeyRow>>;
