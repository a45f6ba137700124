import {expect, test} from 'vitest';
import {OfferedCures} from '../../../../src/supervisor/launch/cures/offered-cures.ts';
import {findingOf, settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {eventually} from '../../../harness/eventually.ts';

const finding = {...findingOf('vllm.kv-cache-too-small'), settingsChange: {contextLengthTokens: 65_536}};
const state = {run: null, settings: settingsOf(), lastGoodSettings: null};

function bench() {
  const troubles: string[] = [];
  const cures = new OfferedCures({
    preview: () => Promise.reject(new Error('no /proc')),
    clock: {monotonicMs: () => 0},
    nextSettings: () => settingsOf(),
    onChange: () => undefined,
    onTrouble: ({code}) => troubles.push(code),
    onTroubleOver: () => troubles.push('over'),
  });
  return {cures, troubles};
}

test('cures that cannot be checked are a finding as long as there is one with cures', async () => {
  const {cures, troubles} = bench();
  cures.of([finding], state);
  await eventually(() => troubles.length > 0, 'a trouble');
  expect(troubles).toEqual(['supervisor.cures-unchecked']);
  cures.of([finding], state);
  expect(troubles).toHaveLength(1);
  cures.of([findingOf('host.xid')], state);
  expect(troubles).toEqual(['supervisor.cures-unchecked', 'over']);
  cures.of([], state);
  expect(troubles).toHaveLength(2);
});

test('without trouble, nothing is over', () => {
  const {cures, troubles} = bench();
  cures.of([], state);
  expect(troubles).toEqual([]);
});
