import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {CardName} from './card-name.ts';
import {cardFinding} from './gpu-finding.ts';

/** A GPU that cannot be read; `fault` as nvidia-smi prints it in a row, or as the reason of a GPU that it cannot open. */
export function faultFinding({title, selector, card}: CardName, fault: string): Finding {
  const lostRemedy = 'Look for its Xid in the kernel log (dmesg | grep NVRM). A lost GPU returns after a host reboot.';
  switch (fault) {
    case 'GPU requires reset':
      return cardFinding(
        card,
        'gpu-requires-reset',
        {
          message: `${title} requires a reset.`,
          remedy: `Stop all programs on the GPU, then run nvidia-smi --gpu-reset -i ${selector}; if that is refused, reboot.`,
        },
        fault,
      );
    case 'Unknown Error':
    case 'ERR!':
      return cardFinding(
        card,
        'unknown-error',
        {message: `${title} cannot be read: the driver reports ${fault}.`, remedy: lostRemedy},
        fault,
      );
    default:
      return cardFinding(card, 'gpu-lost', {message: `${title}: ${fault}.`, remedy: lostRemedy}, fault);
  }
}
