import type {History} from '../api/history.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {GlyphSet} from './glyphs.ts';

/** How the console stands with the supervisor. */
export type ConnectionState =
  | {readonly kind: 'connecting'}
  | {readonly kind: 'live'}
  | {readonly kind: 'lost'; readonly sinceMs: number; readonly reason: string};

/** What panels may know. The client store holds it; tests write it by hand. */
export type ConsoleData = {
  readonly connection: ConnectionState;
  /** Null until the first snapshot came. */
  readonly snapshot: Snapshot | null;
  /** Recent points of each series, oldest first; grows with each snapshot. */
  readonly history: History['series'];
  /** Newest log lines, oldest first. */
  readonly log: readonly {readonly number: number; readonly text: string}[];
};

/** Everything a view model is a function of. */
export type ViewInput = {
  readonly data: ConsoleData;
  /** Wall clock of the console. */
  readonly nowMs: number;
  readonly glyphs: GlyphSet;
  /** Inner size of the panel, without its border. */
  readonly columns: number;
  readonly rows: number;
  /** The panel's options from the layout file, already checked for this panel kind. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
};
