import {z} from 'zod';
import {benchOwnerSchema} from '../../api/bench/bench-requests.ts';
import {ledgerStateSchema} from '../../domain/cost/ledger/kept-state.ts';
import {tokenFollowerSchema} from '../../domain/cost/ledger/token-totals.ts';

/** All that the ledger does not have yet, and what is needed to count on. Kept so that no way to end loses it. */
export const keptLedgerSchema = z
  .object({
    state: ledgerStateSchema,
    /** Of the run whose counters are followed. */
    follower: z.object({runId: z.string(), follower: tokenFollowerSchema}).readonly().nullable(),
    /** The process whose benchmark loads the engine. */
    benchOwner: benchOwnerSchema.readonly().nullable().default(null),
  })
  .readonly();
export type KeptLedger = z.infer<typeof keptLedgerSchema>;

/** Name of the file next to the history. */
export const KEPT_LEDGER_SUFFIX = '.ledger';
