import type {ConfigurationRow} from '../../../api/configuration-view.ts';
import type {Reaction, Refused} from '../screen.ts';

/** A setting as the palette shows it: its row of the configuration, and what there is to say of it. */
export type PaletteSetting = {
  readonly row: ConfigurationRow;
  /** Of the configuration. */
  readonly file: string;
  /** What it is, where its value came from, and how to change it. */
  readonly sentences: () => readonly string[];
};

/** One line of the palette. */
export type PaletteEntry = {
  /** `engine.restart`, `gpu.powerDrawWatts`, `engine.contextLengthTokens`: what is searched first. */
  readonly name: string;
  readonly kind: 'action' | 'series' | 'setting';
  readonly description: string;
  /** The keys that do the same; empty for none. */
  readonly keys: string;
  /** True if it acts on the engine, or opens the dialog that does. */
  readonly isDangerous: boolean;
  /** Why it is disabled now; null when it works. */
  readonly reason: string | null;
  /** What Enter says where it does nothing; null where it does something. */
  readonly refusal: Refused | null;
  /** Null for what is no setting. */
  readonly setting: PaletteSetting | null;
  /** What Enter does. */
  readonly react: () => Reaction<never>;
};
