import {test} from 'vitest';
import {actAndCompare} from '../../bench/ledger/ledger-truth.ts';

/** Between them they do all that can be done to a node; as many others: `npm run soak -- --ledgers 50`. */
const seeds = [4, 11, 12];

test.concurrent.each(seeds)(
  'the ledger has what was served and what it cost, whatever ends at any time (seed %i)',
  async (seed) => {
    const {text} = await actAndCompare(seed);
    console.info(text);
  },
);
