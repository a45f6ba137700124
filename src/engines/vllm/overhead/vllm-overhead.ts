import type {MemoryTerms, OverheadPart, TermsInput} from '../../../domain/memory/engine-memory.ts';
import {overheadRange} from '../../../domain/memory/overhead-range.ts';
import type {Placement} from '../../../domain/memory/placement.ts';
import {wholeHundredths} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import type {MemoryArguments} from '../memory-arguments.ts';
import {NEWEST_RELEASE, releaseOf} from './assumed-release.ts';
import {batchSizes} from './batch-sizes.ts';
import {measuredModelsText} from './measured-models.ts';
import {peakParts} from './peak-parts.ts';
import {processParts} from './process-parts.ts';

/** Releases that count differently, besides the newest: what an unknown one may be. */
const otherReleases = ['0.11.0', '0.17.0', '0.19.0'] as const;

type OverheadTerms = Pick<
  MemoryTerms,
  'overheadBytes' | 'leastOverheadBytes' | 'cautiousOverheadBytes' | 'overheadParts' | 'overheadEvidence'
>;

/**
 * What vLLM's budget holds besides weights and KV cache, by what drives it. Without a version the newest release is
 * expected, and every release is possible.
 */
export function vllmOverhead(input: TermsInput, placement: Placement, argv: MemoryArguments): OverheadTerms {
  const version = releaseOf(input.version);
  const partsOf = (release: string) => overheadParts(input, placement, argv, release);
  const parts = partsOf(version ?? NEWEST_RELEASE);
  const range = overheadRange(parts);
  const possible = [range, ...(version === null ? otherReleases.map((other) => overheadRange(partsOf(other))) : [])];
  return {
    overheadParts: parts,
    overheadBytes: range.bytes,
    leastOverheadBytes: Math.min(...possible.map(({leastBytes}) => leastBytes)),
    cautiousOverheadBytes: Math.max(...possible.map(({mostBytes}) => mostBytes)),
    overheadEvidence: evidence({...input, version}, argv),
  };
}

function overheadParts(
  {settings, card, architecture}: TermsInput,
  placement: Placement,
  argv: MemoryArguments,
  version: string,
): readonly OverheadPart[] {
  const batch = batchSizes(settings, argv, card, version);
  const parts = [
    ...peakParts(architecture, placement, batch, version),
    ...processParts({card, architecture, placement, batch, argv, version}),
  ];
  return parts.map((part) => ({...part, bytes: wholeHundredths(part.bytes)}));
}

function evidence({settings, card, architecture, version}: TermsInput, argv: MemoryArguments): string {
  const {requests, isRequestsDefault} = batchSizes(settings, argv, card, version ?? NEWEST_RELEASE);
  const which = version === null ? `vLLM ${NEWEST_RELEASE}, assumed as the newest known` : `vLLM ${version}`;
  const many = `${countText(requests)} requests${isRequestsDefault ? ' by default' : ''}`;
  return `published starts ${measuredModelsText(architecture)}, for ${which}, and ${many}`;
}
