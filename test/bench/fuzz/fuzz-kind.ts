import type {Random} from './random.ts';

/** A reader of outside text, fed with broken input. */
export type FuzzKind = {
  readonly name: string;
  /** Reads one input and names the outcome; throws when the reader does, or when what it gives cannot be used. */
  readonly run: (random: Random) => string | Promise<string>;
};
