import {isPresent} from '../../samples/reading.ts';
import {countCell} from './parse/cells.ts';
import {type RunOptions, runOnce} from './run-once.ts';

/** Which GPUs the driver lists. */
export type CardList = {
  /** Null when it did not answer, or with something else than indexes. */
  readonly indexes: ReadonlySet<number> | null;
  /** Set when the query hangs in the driver and was abandoned; resolves when it exits. */
  readonly stuck: Promise<void> | null;
};

/** Asks the driver in one short query which GPUs it can open: independent of the long-lived one. */
export async function listCards(executable: string, options: RunOptions): Promise<CardList> {
  const result = await runOnce(executable, ['--query-gpu=index', '--format=csv,noheader,nounits'], options);
  if (result.kind === 'stuck') return {indexes: null, stuck: result.gone};
  if (result.kind !== 'ended' || result.exitCode !== 0) return {indexes: null, stuck: null};
  const cells = result.stdout.split('\n').filter((line) => line.trim() !== '');
  const indexes = cells.map((cell) => countCell(cell)).filter(isPresent);
  const isList = indexes.length > 0 && indexes.length === cells.length;
  return {indexes: isList ? new Set(indexes) : null, stuck: null};
}
