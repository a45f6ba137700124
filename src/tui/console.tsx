import {Text, useInput, usePaste} from 'ink';
import {useSyncExternalStore} from 'react';
import {type KeyName, keyNames} from './keys/key-names.ts';
import type {Store} from './state/store.ts';

export type ConsoleProps = {
  /** The screen as text for a screen reader; empty where the canvas draws it. */
  readonly spoken: Store<string>;
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
};

/** The part of the console that Ink has: keys, pasted text, and the text for a screen reader. */
export function Console({spoken, onKey, onPaste}: ConsoleProps) {
  const text = useSyncExternalStore(spoken.subscribe, spoken.get);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  usePaste(onPaste);
  return text === '' ? null : <Text>{text}</Text>;
}
