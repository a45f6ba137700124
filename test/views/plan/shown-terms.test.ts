import fc from 'fast-check';
import {expect, test} from 'vitest';
import {fixedGibNumber} from '../../../src/shared/quantities/bytes.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {shownTerms} from '../../../src/views/plan/shown-terms.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const {plan} = buildSnapshot();
if ('absent' in plan) throw new Error('the snapshot has a plan');
const {perGpu} = plan;
const gib = fc.double({min: 0, max: 300, noNaN: true}).map((size) => Math.round(size * BYTES_PER_GIB));

test('the digits of the terms add up to those of the total, and no term moves by more than the rounding', () => {
  fc.assert(
    fc.property(gib, gib, gib, (weightsBytes, budgetBytes, overheadBytes) => {
      const kvCachePoolBytes = budgetBytes - weightsBytes - overheadBytes;
      const terms = {weightsBytes, kvCachePoolBytes, overheadBytes};
      const shown = shownTerms({...perGpu, ...terms, totalBytes: budgetBytes});
      const digits = (bytes: number) => Math.round(Number(fixedGibNumber(bytes).replaceAll(',', '')) * 10);
      const {weightsBytes: w, kvCachePoolBytes: k, overheadBytes: o} = shown;
      expect(digits(w) + digits(k) + digits(o)).toBe(digits(budgetBytes));
      expect(Math.abs(k - kvCachePoolBytes)).toBeLessThanOrEqual(0.151 * BYTES_PER_GIB);
      expect(Math.abs(o - overheadBytes)).toBeLessThanOrEqual(0.151 * BYTES_PER_GIB);
    }),
  );
});

test('rounding goes to the overhead, or to a cache that is missing', () => {
  const at = (weights: number, pool: number, overhead: number) =>
    shownTerms({
      ...perGpu,
      weightsBytes: weights * BYTES_PER_GIB,
      kvCachePoolBytes: pool * BYTES_PER_GIB,
      overheadBytes: overhead * BYTES_PER_GIB,
      totalBytes: (weights + pool + overhead) * BYTES_PER_GIB,
    });
  const [fits, missing] = [at(71.84, 50.94, 3.04), at(71.83, -3.57, 3)];
  expect([fits.kvCachePoolBytes, fits.overheadBytes].map(fixedGibNumber)).toEqual(['50.9', '3.1']);
  expect([missing.kvCachePoolBytes, missing.overheadBytes].map(fixedGibNumber)).toEqual(['-3.5', '3.0']);
});
