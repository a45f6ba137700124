import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import type {PublishedModel} from './published-models.ts';

/** What a real engine logged at a start that somebody published. GiB and tokens per GPU, as printed. */
export type PublishedStart = {
  readonly name: string;
  /** Where the log or table is. */
  readonly source: string;
  /** `fit`: the overhead was fitted on it; `check`: it was not; `seen`: it was not, but a mend of the plan came from it. */
  readonly use: 'fit' | 'check' | 'seen';
  readonly cardName: string;
  readonly gpuCount: number;
  readonly engineVersion: string;
  /** Null for a model that Gantry knows by `change.model`. */
  readonly shapes: PublishedModel | null;
  readonly change: Partial<LaunchSettings>;
  readonly weightsGib: number | null;
  readonly poolGib: number | null;
  readonly tokens: number | null;
  readonly didStart: boolean;
};

const unknowns = {weightsGib: null, poolGib: null, tokens: null, didStart: true};

type Rest = Partial<Pick<PublishedStart, 'gpuCount' | 'weightsGib' | 'poolGib' | 'tokens' | 'didStart'>> &
  Pick<PublishedStart, 'change'>;

/** A start of a model that Gantry knows by its name, on eight GPUs. */
export function kimi(
  use: PublishedStart['use'],
  name: string,
  source: string,
  engineVersion: string,
  cardName: string,
  rest: Rest,
): PublishedStart {
  return {...unknowns, use, name, source, engineVersion, cardName, gpuCount: 8, shapes: null, ...rest};
}

/** A start of a model by its shapes, on as many GPUs as it is divided over; without its vision tower. */
export function start(
  use: PublishedStart['use'],
  name: string,
  source: string,
  engineVersion: string,
  cardName: string,
  shapes: PublishedModel,
  rest: Rest,
): PublishedStart {
  const {tensorParallelSize = 1, pipelineParallelSize = 1} = rest.change;
  const change = {model: shapes, tensorParallelSize, visionMode: 'absent' as const, ...rest.change};
  const gpuCount = tensorParallelSize * pipelineParallelSize;
  return {...unknowns, use, name, source, engineVersion, cardName, gpuCount, shapes, ...rest, change};
}
