import {test} from 'vitest';
import {seededRandom} from '../../../src/simulator/node/seeded-random.ts';
import {killAndCompare} from '../../bench/ledger-truth.ts';

/** As many others: `npm run soak -- --ledgers 50`. */
const seeds = [1, 2, 3];

test.concurrent.each(seeds)(
  'the ledger has the tokens that killed engines served, under killed supervisors (seed %i)',
  async (seed) => {
    console.info(await killAndCompare(seededRandom(seed)));
  },
);
