import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect} from 'vitest';
import type {EngineRecord} from '../engine-record.ts';
import {reasonOf} from './accepted-drift.ts';
import {driftRows, readDrift, withDrift} from './drift-table.ts';
import {findDrift} from './find-drift.ts';

const page = fileURLToPath(new URL('../../../docs/engines.md', import.meta.url));

/**
 * The simulator differs from the engine only in what docs/engines.md lists for this version. With `GANTRY_REAL_WRITE=1`, the
 * page is written with what was found now. A difference without a reason (`accepted-drift.ts`) fails either way.
 */
export function expectSameDrift(engineName: string, real: EngineRecord, simulated: EngineRecord): void {
  const found = findDrift(engineName, real, simulated);
  const unexplained = found.filter((one) => reasonOf(engineName, one) === null);
  expect(unexplained, 'each difference is mended in the simulator, or accepted for a reason').toEqual([]);
  const text = readFileSync(page, 'utf8');
  if (process.env['GANTRY_REAL_WRITE'] === '1') {
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(page, withDrift(text, {engineName, version: real.version, date, found}));
    return;
  }
  const known = readDrift(text, engineName);
  expect({version: known.version, rows: known.rows}).toEqual({
    version: real.version,
    rows: driftRows(engineName, found),
  });
}
