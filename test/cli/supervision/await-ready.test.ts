import path from 'node:path';
import {PassThrough} from 'node:stream';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {reportStart} from '../../../src/cli/supervision/await-ready.ts';
import {type Wiring, wire} from '../../../src/cli/wiring.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const sample = buildSnapshot();
const gone = {code: 'supervisor.unavailable', message: 'No supervisor.', remedy: 'Start one.'};
const checking = snapshotIn('preflight');

function snapshotIn(state: Snapshot['engine']['state']): Snapshot {
  return {...sample, takenAtMs: Date.now() + 60_000, engine: {...sample.engine, state}};
}

let wired: Wiring;
beforeEach(async () => {
  const place = makeTemporaryDirectory('await-ready');
  onTestFinished(place.remove);
  const within = (name: string) => path.join(place.directory, name);
  const result = await wire(
    {json: false, version: sample.supervisor.version},
    {
      GANTRY_STATE_DIR: within('state'),
      GANTRY_RUNTIME_DIR: within('run'),
      GANTRY_CONFIG_DIR: within('config'),
      GANTRY_DATA_DIR: within('data'),
    },
  );
  if (!result.ok) throw new Error(result.error.message);
  wired = result.value;
});

/** Supervisors one after the other: what each streams until it ends; `next` is found once the first one has ended. */
function commandOver(streams: readonly (readonly Snapshot[])[], next: Snapshot | null) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let followed = 0;
  const client: Wiring['client'] = {
    ...wired.client,
    getSnapshot: async () => (next === null ? err(gone) : ok(next)),
    async *snapshots() {
      const stream = streams[followed] ?? [];
      followed += 1;
      yield* stream;
      return null;
    },
  };
  const wiring: Wiring = {
    ...wired,
    version: sample.supervisor.version,
    client,
    output: {isJson: false, stdout, stderr},
  };
  const printed = (stream: PassThrough): string => String(stream.read() ?? '');
  return {wiring, followed: () => followed, out: () => printed(stdout), notes: () => printed(stderr)};
}

const begin = (wiring: Wiring) => reportStart(wiring, 'Starting.', {shouldWait: false, asked: {}});

describe('a start without --wait whose supervisor exits while it is checked', () => {
  test('is followed under the next supervisor, which the command finds or starts', async () => {
    const {wiring, followed, out, notes} = commandOver([[checking], [checking, snapshotIn('starting')]], checking);
    expect(await begin(wiring)).toBe(0);
    expect(followed()).toBe(2);
    expect(out()).toMatch(/^Starting\.\nFollow it with /);
    expect(notes()).toContain('another one carries it on');
  });

  test('that the next supervisor refuses is no success', async () => {
    const {wiring, out} = commandOver([[checking], [snapshotIn('failed')]], checking);
    expect(await begin(wiring)).toBe(1);
    expect(out()).toContain('has failed');
  });

  test('is an error if there is no next one', async () => {
    const {wiring, followed, notes} = commandOver([[checking]], null);
    expect(await begin(wiring)).toBe(69);
    expect(followed()).toBe(1);
    expect(notes()).toContain('No supervisor is running');
  });

  test('is an error if every next one exits too: it is not tried for ever', async () => {
    const {wiring, followed} = commandOver([], checking);
    expect(await begin(wiring)).toBe(69);
    expect(followed()).toBe(6);
  });
});
