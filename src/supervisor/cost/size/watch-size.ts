import type {SizeView} from '../../../api/cost/size-view.ts';
import type {RightSize} from '../../../domain/cost/right-size/right-size.ts';
import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import {absent, type Reading} from '../../../samples/reading.ts';
import {contextText} from '../../../shared/quantities/counts.ts';
import {usdPerHourText, usdText} from '../../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../../shared/quantities/rates.ts';
import {MS_PER_DAY} from '../../../shared/units.ts';
import {sizeViewOf} from './build-size-view.ts';
import {type SizeSources, sizeOfNode} from './size-of-node.ts';

/** Code of the finding about a node that is larger than what is asked of it. */
export const OVERSIZED = 'node.oversized';

const WINDOW_MS = 7 * MS_PER_DAY;

export type SizeFindings = {
  readonly onFinding: (finding: Finding) => void;
  readonly onFindingOver: (code: string) => void;
  readonly onSize: (size: Reading<SizeView>) => void;
};

/**
 * Looks whether a smaller or cheaper node would do the same, by the last seven days: a finding only where nearly all of them were
 * watched, and its end where that is not so any more. What cannot be read changes nothing.
 */
export async function checkSize(sources: SizeSources, {onFinding, onFindingOver, onSize}: SizeFindings): Promise<void> {
  const size = await sizeOfNode(sources, WINDOW_MS);
  onSize(size.ok ? sizeViewOf(size.value) : absent(size.error.message));
  if (!size.ok) return;
  const finding = oversizedFinding(size.value);
  if (finding === null) onFindingOver(OVERSIZED);
  else onFinding(finding);
}

/** The finding about a node that is larger than a week needs; null where none is. */
export function oversizedFinding({smaller, present, neededContextTokens}: RightSize): Finding | null {
  if (smaller === null) return null;
  const {gpuName, gpuCount, usdPerHour, published} = smaller;
  const rent = usdPerHour === null ? '' : ` at ${usdText(usdPerHour.low)}-${usdPerHourText(usdPerHour.high)}`;
  const rate =
    published === null ? '' : `, and ${tokensPerSecondText(published.totalTokensPerSecond)} were published for it`;
  const node = `${present.gpuCount}x ${present.gpuName}`;
  return findingOf(
    {
      code: OVERSIZED,
      message: `In the last seven days ${gpuCount}x ${gpuName}${rent} would have done what this node of ${node} did: it has room for every request with ${contextText(neededContextTokens)} of context${rate}.`,
      remedy: 'See gantry right-size for the arithmetic and for other nodes.',
    },
    'info',
  );
}
