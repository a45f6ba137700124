import {BYTES_PER_MIB} from '../../shared/units.ts';
import type {LlamaMemory} from './memory-layout.ts';
import type {LlamaOptions} from './options.ts';
import type {LlamaLog} from './print-log.ts';

/** What llama.cpp wants to leave free on each GPU, MiB (`--fit-target`). */
const TARGET_MIB = 1_024;
const impl = 'common_params_fit_impl';

/** What a fit needs to know of a start. */
type Fit = {
  readonly options: LlamaOptions;
  readonly memory: LlamaMemory;
  readonly log: LlamaLog;
  /** Memory of each card used by others. */
  readonly heldByOthersBytes: readonly number[];
};

/**
 * What llama.cpp prints before it loads: whether the model fits into the free memory of the GPUs with the target left (`common/fit.cpp`). It
 * changes nothing here: the number of layers is set.
 */
export function printFit({options, memory, log, heldByOthersBytes}: Fit): void {
  const cards = memory.weightsBytes.map((weights, card) => ({
    usedMib: Math.round((weights + (memory.cacheBytes[card] ?? 0) + memory.computeBytes) / BYTES_PER_MIB),
    freeMib: Math.floor((memory.totalBytes - memory.contextBytes - (heldByOthersBytes[card] ?? 0)) / BYTES_PER_MIB),
  }));
  const usedMib = cards.reduce((sum, card) => sum + card.usedMib, 0);
  const freeMib = cards.reduce((sum, card) => sum + card.freeMib, 0);
  log.line(4, 'I', 'cmn  common_init_: fitting params to device memory ...');
  log.line(
    4,
    'I',
    `${impl}: projected to use ${usedMib} MiB of device memory vs. ${freeMib} MiB of free device memory`,
  );
  const missingMib = usedMib + TARGET_MIB * cards.length - freeMib;
  if (cards.every((card) => card.freeMib - card.usedMib >= TARGET_MIB)) {
    log.line(
      4,
      'I',
      cards.length > 1
        ? `${impl}: targets for free memory can be met on all devices, no changes needed`
        : `${impl}: will leave ${freeMib - usedMib} >= ${TARGET_MIB} MiB of free device memory, no changes needed`,
    );
    log.line(4, 'I', 'common_fit_params: successfully fit params to free device memory');
    return;
  }
  if (missingMib > 0) {
    log.line(
      4,
      'I',
      cards.length > 1
        ? `${impl}: cannot meet free memory targets on all devices, need to use ${missingMib} MiB less in total`
        : `${impl}: cannot meet free memory target of ${TARGET_MIB} MiB, need to reduce device memory by ${missingMib} MiB`,
    );
    log.line(4, 'I', `${impl}: context size set by user to ${options.contextSize} -> no change`);
  }
  log.line(
    2,
    'W',
    'common_fit_params: failed to fit params to free device memory: n_gpu_layers already set by user to 999, abort',
  );
}
