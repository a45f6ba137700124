import type {KeptGap} from '../api/history.ts';
import type {WindowRequests} from '../api/latency/latency-schemas.ts';
import type {ConsoleData} from '../client/console-data.ts';
import type {GlyphSet} from './glyphs.ts';

/** The actions whose keys panels name. */
export type NamedAction =
  | 'engine.start'
  | 'engine.restart'
  | 'engine.cure'
  | 'engine.findings'
  | 'panel.zoom'
  | 'screen.logs'
  | 'screen.plan';

/** A time that ends now. */
export type ChosenWindow = {
  readonly lengthMs: number;
  /** `24 h`. */
  readonly text: string;
  /** Why its series are not here; null when they are. */
  readonly problem: string | null;
  /** Quantiles before this time, epoch ms, are means over time; null where all are. */
  readonly quantilesSinceMs: number | null;
};

/** What the requests of the chosen time had, by the kept histograms. */
export type WindowFigures = {
  readonly lengthMs: number;
  /** `24 h`. */
  readonly text: string;
  readonly figures: WindowRequests;
  /** Times while nothing watched whose requests are not in the figures, or in no point of a plot. */
  readonly gaps: readonly KeptGap[];
};

/** All inputs of a view model. */
export type ViewInput = {
  readonly data: ConsoleData;
  /** Wall clock of the console. */
  readonly nowMs: number;
  readonly glyphs: GlyphSet;
  /** Inner size of the panel, without its border. */
  readonly columns: number;
  readonly rows: number;
  /** The key of an action as it is shown, null while it is disabled; null itself for command output, where no key can be pressed. */
  readonly keyOf: ((action: NamedAction) => string | null) | null;
  /** True while keys act on this panel; left out or false otherwise. */
  readonly isFocused?: boolean;
  /** The GPU that is chosen in a table of GPUs, by its index; null or left out where none can be. */
  readonly chosenGpu?: number | null;
  /** The time that the operator chose for plots, of which `data.history` has the series; left out or null for the recent past. */
  readonly window?: ChosenWindow | null;
  /** Figures of the requests in that time; left out or null where none are kept: then those of the last minute, or means, are shown. */
  readonly requests?: WindowFigures | null;
  /** True for all that there is to say, without a plot. */
  readonly isText?: boolean;
  /** The panel's options from the layout file, already checked for this panel kind. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
};
