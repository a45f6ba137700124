import type {MemoryPlan} from './memory-plan.ts';

type PlannedEngine = Pick<MemoryPlan['engine'], 'displayName' | 'version' | 'versionOrigin'>;

/**
 * How far a plan can be trusted, and for which version of the engine it is: `estimated for vLLM 0.26.0, as installed`, or
 * `estimated; no version known: newest assumed`.
 */
export function confidenceText({
  confidence,
  engine,
}: {
  confidence: MemoryPlan['confidence'];
  engine: PlannedEngine;
}): string {
  const {displayName, version} = engine;
  if (version === null) return `${confidence}; no version known: newest assumed`;
  return `${confidence} for ${displayName} ${version}${originText(engine)}`;
}

function originText({versionOrigin}: PlannedEngine): string {
  switch (versionOrigin) {
    case 'installed':
      return ', as installed';
    case 'log':
      return ', as its log says';
    case 'last-start':
      return ', as last started';
    default:
      return '';
  }
}
