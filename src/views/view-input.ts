import type {ConsoleData} from '../client/console-data.ts';
import type {GlyphSet} from './glyphs.ts';

/** All inputs of a view model. */
export type ViewInput = {
  readonly data: ConsoleData;
  /** Wall clock of the console. */
  readonly nowMs: number;
  readonly glyphs: GlyphSet;
  /** Inner size of the panel, without its border. */
  readonly columns: number;
  readonly rows: number;
  /** False for command output, where no key can be pressed. Omitted in the console. */
  readonly hasKeys?: boolean;
  /** The panel's options from the layout file, already checked for this panel kind. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
};
