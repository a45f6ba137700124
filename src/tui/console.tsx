import {type Instance, render, Text, useInput, usePaste} from 'ink';
import {useSyncExternalStore} from 'react';
import {type KeyName, keyNames} from './keys/key-names.ts';
import type {Store} from './state/store.ts';

export type ConsoleProps = {
  /** The screen as text for a screen reader; empty where the canvas draws it. */
  readonly spoken: Store<string>;
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
};

/** The streams of a terminal. */
export type InkStreams = {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
};

const renderOptions = {
  // Decided by selectTerminal; Ink would refuse if a CI variable is set.
  interactive: true,
  exitOnCtrlC: false,
  // Nothing else writes to the terminal meanwhile; Ink's handling of such text would scroll a full screen.
  patchConsole: false,
} as const;

/** Has Ink read the keys of a terminal until it is unmounted. */
export function readInput(props: ConsoleProps, streams: InkStreams): Instance {
  return render(<Console {...props} />, {...streams, ...renderOptions});
}

/** The part of the console that Ink has: keys, pasted text, and the text for a screen reader. */
export function Console({spoken, onKey, onPaste}: ConsoleProps) {
  const text = useSyncExternalStore(spoken.subscribe, spoken.get);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  usePaste(onPaste);
  return text === '' ? null : <Text>{text}</Text>;
}
