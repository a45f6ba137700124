import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {noTargets} from '../../../src/domain/traffic/latencies.ts';
import {absent} from '../../../src/samples/reading.ts';
import type {SnapshotInput} from '../../../src/supervisor/snapshot/build-snapshot.ts';
import {nothingBooked} from '../../support/build-cost.ts';
import {findPriceBook} from '../../support/price-books.ts';

export const supervisorFacts: SnapshotInput['facts'] = {
  pid: 1,
  version: '0.0.0',
  startedAtMs: 5,
  socketPath: '/run/gantry.sock',
  nvidiaSmiPath: '/usr/bin/nvidia-smi',
  simulated: false,
  hostname: 'node',
  prices: findPriceBook('moonshot'),
};

/** What a snapshot is built from, on a node without a plan, with the default configuration. */
export function snapshotInput(
  given: Partial<SnapshotInput> & Pick<SnapshotInput, 'now' | 'lifecycle' | 'seen'>,
): SnapshotInput {
  return {
    facts: supervisorFacts,
    configuration: {
      view: {file: '/config/gantry.yaml', isInForce: true, values: []},
      findings: [],
      nextSettings: given.lifecycle.settings,
    },
    sequence: 1,
    plan: absent('nothing planned'),
    cost: nothingBooked(given.now.sampledAtMs),
    ownPids: new Set(),
    modelFinding: null,
    thresholds: defaultFindingThresholds,
    targets: noTargets,
    earlierStarts: [],
    logPath: null,
    command: null,
    endpoint: null,
    ...given,
  };
}
