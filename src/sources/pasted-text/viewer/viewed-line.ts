/** A line as a viewer shows it: without what the viewer added, and the time that it or the line itself has, and whose it is. */
export type ViewedLine = {
  readonly text: string;
  /** Of the original text. */
  readonly number: number;
  readonly timeMs: number | null;
  /** Of a text of several containers, the name that stood in front of it; null where none did. */
  readonly service: string | null;
};
