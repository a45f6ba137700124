import path from 'node:path';
import {z} from 'zod';
import {ledgerStateSchema} from '../../domain/cost/ledger/kept-state.ts';
import {tokenFollowerSchema} from '../../domain/cost/ledger/token-totals.ts';
import {HISTORY_FILE} from '../../history/open-history.ts';
import {SlotFile} from '../../sources/slots/slot-file.ts';
import {keptLeaseSchema} from '../bench/bench-lease.ts';

/** All that the ledger does not have yet, and what is needed to count on. Kept so that no way to end loses it. */
export const keptLedgerSchema = z
  .object({
    /** The ledger that it continues; null where that is unknown. */
    ledgerId: z.int().nullable().default(null),
    state: ledgerStateSchema,
    /** Of the run whose counters are followed. */
    follower: z.object({runId: z.string(), follower: tokenFollowerSchema}).readonly().nullable(),
    /** Whose benchmark loads the engine, and what is booked of it. */
    benchLease: keptLeaseSchema.nullable().default(null),
  })
  .readonly();
export type KeptLedger = z.infer<typeof keptLedgerSchema>;

/** The file of it next to the history in `dataDir`. */
export function keptLedgerFile(dataDir: string): SlotFile<KeptLedger> {
  return new SlotFile(path.join(dataDir, `${HISTORY_FILE}.ledger`), keptLedgerSchema);
}
