import type {ConsoleData} from '../client/console-data.ts';
import type {GlyphSet} from './glyphs.ts';

/** The actions whose keys panels name. */
export type NamedAction = 'engine.start' | 'engine.restart' | 'engine.cure' | 'engine.findings';

/** All inputs of a view model. */
export type ViewInput = {
  readonly data: ConsoleData;
  /** Wall clock of the console. */
  readonly nowMs: number;
  readonly glyphs: GlyphSet;
  /** Inner size of the panel, without its border. */
  readonly columns: number;
  readonly rows: number;
  /** The key of an action as it is shown; null for command output, where no key can be pressed. */
  readonly keyOf: ((action: NamedAction) => string) | null;
  /** The GPU that is chosen in a table of GPUs, by its index; null or left out where none can be. */
  readonly chosenGpu?: number | null;
  /** The panel's options from the layout file, already checked for this panel kind. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
};
