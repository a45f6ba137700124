import type {MemoryTerms, OverheadPart, OverheadTerms, TermsInput} from '../../../domain/memory/engine-memory.ts';
import {overheadRange} from '../../../domain/memory/overhead-range.ts';
import type {Placement} from '../../../domain/memory/placement.ts';
import {wholeHundredths} from '../../../shared/quantities/bytes.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {releaseOf} from '../../launch/engine-version.ts';
import type {MemoryArguments} from '../memory-arguments.ts';
import {NEWEST_RELEASE, possibleReleases} from './assumed-release.ts';
import {batchSizes} from './batch-sizes.ts';
import {measuredModelsText} from './measured-models.ts';
import {type MeasuredRun, peakParts} from './peak-parts.ts';
import {processParts} from './process-parts.ts';

/**
 * What vLLM's budget holds besides weights and KV cache, by what drives it. Without a version the newest release is
 * expected, and every release that serves the model is possible.
 */
export function vllmOverhead(
  input: TermsInput,
  placement: Placement,
  argv: MemoryArguments,
): OverheadTerms & Pick<MemoryTerms, 'earlierStages' | 'overheadEvidence'> {
  const version = releaseOf(input.version);
  const ofStage = (isLastStage: boolean) =>
    overheadTerms(version, input, (release) =>
      overheadParts(input, placement, argv, {
        version: release,
        isLastStage,
        isQuantized: input.isQuantized ?? false,
      }),
    );
  return {
    ...ofStage(true),
    earlierStages: placement.stages === 1 ? null : ofStage(false),
    overheadEvidence: evidence({...input, version}, argv),
  };
}

function overheadTerms(
  version: string | null,
  {settings, architecture}: TermsInput,
  partsOf: (release: string) => readonly OverheadPart[],
): OverheadTerms {
  const parts = partsOf(version ?? NEWEST_RELEASE);
  const range = overheadRange(parts);
  const others = version === null ? possibleReleases(settings.model, architecture) : [];
  const possible = [range, ...others.map((release) => overheadRange(partsOf(release)))];
  return {
    overheadParts: parts,
    overheadBytes: range.bytes,
    leastOverheadBytes: Math.min(...possible.map(({leastBytes}) => leastBytes)),
    cautiousOverheadBytes: Math.max(...possible.map(({mostBytes}) => mostBytes)),
  };
}

function overheadParts(
  {settings, card, architecture}: TermsInput,
  placement: Placement,
  argv: MemoryArguments,
  of: MeasuredRun,
): readonly OverheadPart[] {
  const batch = batchSizes(settings, argv, card, of.version);
  const parts = [
    ...peakParts(architecture, placement, batch, of),
    ...processParts({card, architecture, placement, batch, argv, ...of}),
  ];
  return parts.map((part) => ({...part, bytes: wholeHundredths(part.bytes)}));
}

function evidence({settings, card, architecture, version}: TermsInput, argv: MemoryArguments): string {
  const {requests, isRequestsDefault} = batchSizes(settings, argv, card, version ?? NEWEST_RELEASE);
  const which = version === null ? `vLLM ${NEWEST_RELEASE}, the newest known` : `vLLM ${version}`;
  const many = `${countedText(requests, 'request')}${isRequestsDefault ? ' by default' : ''}`;
  return `published starts ${measuredModelsText(architecture)}, for ${which}, and ${many}`;
}
