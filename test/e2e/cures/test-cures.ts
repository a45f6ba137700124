import {expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {type ApiClient, createApiClient} from '../../../src/client/api-client.ts';
import {awaitsChecks} from '../../../src/domain/diagnosis/cure.ts';
import {type SettingsChange, settingsChangeSchema} from '../../../src/domain/settings/launch-settings.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {type CureRow, cureRows} from './cure-rows.ts';

/** A start of six minutes takes a second. */
const SPEED = '400';

type Bench = {readonly home: GantryHome; readonly client: ApiClient; readonly failed: Snapshot};

/** The row's start, until it has failed and everything that could cure it was judged. */
async function failAsIn({engine, scenario, change, code}: CureRow): Promise<Bench> {
  const home = await openHome();
  const client = createApiClient({socketPath: home.socketPath});
  await home.demo(['--engine', engine, '--scenario', scenario, '--speed', SPEED]);
  if (change !== undefined) {
    await home.until('the first start to end', ({engine: {state}}) => state === 'ready' || state === 'failed');
    await restart(client, change, true);
  }
  const failed = await home.until(
    `${code}, with its cures judged`,
    ({engine: {state, runId}, findings}) =>
      state === 'failed' &&
      runId === null &&
      findings.some((finding) => finding.code === code) &&
      !awaitsChecks(findings),
  );
  return {home, client, failed};
}

async function restart(client: ApiClient, change: SettingsChange, force = false): Promise<void> {
  const reply = await client.sendCommand({type: 'restart', change, force});
  if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  expect(reply.value, JSON.stringify(change)).toMatchObject({accepted: true});
}

/** Every setting that is offered, each once, in the order of the findings. */
function offersOf({findings}: Snapshot): readonly SettingsChange[] {
  const offers = findings
    .filter(({severity}) => severity === 'critical')
    .flatMap(({settingsChange, cure}) => [
      ...(settingsChange === null ? [] : [settingsChange]),
      ...(cure?.alternatives ?? []),
    ]);
  return [...new Map(offers.map((change) => [JSON.stringify(change), change])).values()];
}

const namesOf = (change: SettingsChange): string => Object.keys(change).toSorted().join(', ');

/** One test per row of this engine. Each engine has a file, so that the tables run side by side. */
export function testCures(engine: CureRow['engine']): void {
  const rows = cureRows.filter((row) => row.engine === engine);
  test.each(rows)('$engine in $scenario $change: $code', async (row) => {
    const {home, client, failed} = await failAsIn(row);
    const cause = failed.findings.find(({code}) => code === row.code);
    expect(cause?.cure?.by).toBe(row.by);
    expect(cause?.remedy).not.toBe('');
    const offers = offersOf(failed);
    expect(offers.map(namesOf)).toEqual(row.offered);
    const {settings} = failed.engine;
    if (settings === null) throw new Error('the failed start has no settings');
    for (const offer of offers) {
      const before = (await home.snapshot()).engine;
      // As the key applies it: to the settings that failed.
      await restart(client, before.state === 'failed' ? offer : settingsChangeSchema.parse({...settings, ...offer}));
      const {engine, findings} = await home.until(
        `the end of the start with ${JSON.stringify(offer)}`,
        ({engine: {state, runId}}) =>
          (state === 'ready' && runId !== before.runId) ||
          (state === 'failed' && runId === null && before.state !== 'failed'),
      );
      expect(engine.state, `${JSON.stringify(offer)}: ${findings[0]?.message}`).toBe('ready');
    }
  });
}
